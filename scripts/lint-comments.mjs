// Fails on doc comments that begin as no reference manual does: "What is sent", "Whether it is open", "Told of an event". The
// comment of a function begins with a verb (Returns, Sends), that of anything else with a noun (Options of, A certificate).
import { globSync, readFileSync } from 'node:fs';

const sources = '{packages,examples,bench,soak,release-tests,test-support,scripts}/**/*.{ts,mts,mjs}';
const excluded = name => ['node_modules', 'dist'].includes(name);
const opening = /\/\*\*[\s*]{0,200}(What|Whether|How|Where|Who|Told|Says)\b/g;

const problems = [];
for (const file of globSync(sources, { exclude: excluded }).sort()) {
  const text = readFileSync(file, 'utf8');
  for (const { index, 1: word } of text.matchAll(opening)) {
    problems.push(`${file}:${text.slice(0, index).split('\n').length} This doc comment begins with "${word}".`);
  }
}
for (const problem of problems) console.error(problem);
console.log(`${problems.length} doc comments to mend.`);
process.exitCode = problems.length === 0 ? 0 : 1;
