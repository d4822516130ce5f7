// Fails on regular expressions that take superlinear time on some input, because a server, a model or a file must not be able to
// block a process. Usage: node scripts/lint-regexps.mjs [folder], by default the whole repository.
//
// An exception for an expression whose input is bounded is a comment on the same line or the line above, which names the bound:
//   // bounded input: a header value of at most 200 characters, cut by excerpt().
// An expression that is built at run time cannot be analysed here. Its comment can also give the reason why it is linear:
//   // linear: a literal text, in which every special character is escaped.
// An exception that no expression needs is an error too.
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from '@babel/parser';
import { RegExpParser } from '@eslint-community/regexpp';
import { superLinear, verdicts } from './regexp-complexity.mjs';

const sources = [
  'packages/*/{src,template}/**/*.{ts,mts,js,mjs}',
  'examples/**/*.{ts,mts,js,mjs}',
  'scripts/**/*.{ts,mts,js,mjs}',
];
const excluded = name => ['node_modules', 'dist', 'test'].includes(name);
const exception = /^[\s*]*(bounded input|linear): *\S.{19}/s;
/** String methods that compile a string into an expression. */
const compiling = ['match', 'matchAll', 'search'];

const root = resolve(process.argv[2] ?? '.');
const files = globSync(sources, { cwd: root, exclude: excluded }).sort();
const { cache, save } = verdicts(process.cwd());
const problems = [];
let count = 0;
for (const file of files) {
  const ast = parse(readFileSync(join(root, file), 'utf8'), { sourceType: 'module', plugins: ['typescript'] });
  const exceptions = ast.comments.filter(({ value }) => exception.test(value));
  const used = new Set();
  for (const expression of expressions(ast.program)) {
    count++;
    const found =
      expression.source === undefined
        ? { complexity: 'is built at run time' }
        : await superLinear(expression.source, expression.flags, cache);
    if (found === undefined) continue;
    const matching = exceptions.find(
      comment =>
        isBeside(comment, expression, ast.comments) &&
        (expression.source === undefined || exception.exec(comment.value)[1] === 'bounded input'),
    );
    if (matching === undefined) problems.push({ file, ...expression, ...found });
    else used.add(matching);
  }
  for (const comment of exceptions) {
    if (!used.has(comment)) problems.push({ file, line: comment.loc.start.line, unused: true });
  }
}
save();
for (const problem of problems) console.error(describe(problem));
console.log(`${count} regular expressions in ${files.length} files: ${problems.length} to fix.`);
// The child process of recheck would keep this one alive.
process.exit(problems.length === 0 ? 0 : 1);

function describe({ file, line, source, flags, complexity, attack, variant, unused }) {
  if (unused) return `${file}:${line} No expression next to this exception needs it. Remove the comment.`;
  return [
    `${file}:${line} ${source === undefined ? 'an expression that' : `/${source}/${flags}`}`,
    `  ${complexity}`,
    ...(variant === undefined ? [] : [`  analysed as ${variant}`]),
    ...(attack === undefined ? [] : [`  attack: ${attack}`]),
    '  Make it linear, replace it by a scan, or name the bound of its input in a comment: "// bounded input: ...".',
  ].join('\n');
}

/** Returns true if the comment ends on the line of the expression, or above it with only comment lines in between. */
function isBeside(comment, { line, statementLine }, comments) {
  const covered = new Set(comments.flatMap(({ loc }) => [loc.start.line, loc.end.line]));
  const reaches = target => {
    let last = comment.loc.end.line;
    while (last < target - 1 && covered.has(last + 1)) last++;
    return last === target - 1 || comment.loc.end.line === target;
  };
  return reaches(line) || reaches(statementLine);
}

/** Yields each regular expression below a node. An expression that is not a constant has no `source`. */
function* expressions(node, statementLine = node.loc.start.line) {
  if (node.type.endsWith('Statement') || node.type.endsWith('Declaration')) statementLine = node.loc.start.line;
  const at = { line: node.loc.start.line, statementLine };
  if (node.type === 'RegExpLiteral') yield { source: node.pattern, flags: node.flags, ...at };
  if ((node.type === 'NewExpression' || node.type === 'CallExpression') && isRegExp(node.callee)) {
    const [pattern, flags] = node.arguments;
    const source = pattern?.type === 'RegExpLiteral' ? pattern.pattern : text(pattern);
    const flagText = flags === undefined ? (pattern?.flags ?? '') : text(flags);
    yield source === undefined || flagText === undefined ? at : { source, flags: flagText, ...at };
  }
  if (node.type === 'CallExpression' && compiling.includes(node.callee.property?.name)) {
    const source = text(node.arguments[0]);
    if (isExpression(source)) yield { source, flags: '', ...at };
  }
  for (const [key, value] of Object.entries(node)) {
    if (key.endsWith('Comments')) continue;
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === 'string') yield* expressions(child, statementLine);
    }
  }
}

function isRegExp({ name, object, property }) {
  return name === 'RegExp' || (object?.name === 'globalThis' && property?.name === 'RegExp');
}

/** Returns false for an argument that is not an expression, such as that of a `search()` of another class. */
function isExpression(source) {
  try {
    return source !== undefined && new RegExpParser().parsePattern(source) !== undefined;
  } catch {
    return false;
  }
}

/** Returns the value of a constant string, or `undefined` for any other node. */
function text(node) {
  if (node?.type === 'StringLiteral') return node.value;
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0].value.cooked;
  if (node?.type === 'BinaryExpression' && node.operator === '+') {
    const parts = [text(node.left), text(node.right)];
    return parts.includes(undefined) ? undefined : parts.join('');
  }
  const tagged =
    node?.type === 'TaggedTemplateExpression' && node.tag.property?.name === 'raw' ? node.quasi : undefined;
  return tagged?.expressions.length === 0 ? tagged.quasis[0].value.raw : undefined;
}
