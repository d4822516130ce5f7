// Fails on regular expressions that cost more than linear time on some input: a server, a model or a file must not be
// able to stop a process. Usage: node scripts/lint-regexps.mjs [folder], by default the whole repository.
//
// An expression that only ever reads bounded text says so beside it or in the line above, with what bounds it:
//   // bounded input: a header value of at most 200 characters, cut by excerpt().
// One that is put together while the program runs, and so cannot be analysed here, may also say why it is linear:
//   // linear: a literal text, in which every special character is escaped.
// A comment that no expression needs any more is an error too.
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
/** String methods that make an expression of a string. */
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
        ? { complexity: 'is put together while the program runs' }
        : await superLinear(expression.source, expression.flags, cache);
    if (found === undefined) continue;
    const excuse = exceptions.find(
      comment =>
        isBeside(comment, expression, ast.comments) &&
        (expression.source === undefined || exception.exec(comment.value)[1] === 'bounded input'),
    );
    if (excuse === undefined) problems.push({ file, ...expression, ...found });
    else used.add(excuse);
  }
  for (const comment of exceptions) {
    if (!used.has(comment)) problems.push({ file, line: comment.loc.start.line, unused: true });
  }
}
save();
for (const problem of problems) console.error(describe(problem));
console.log(`${count} regular expressions in ${files.length} files: ${problems.length} to mend.`);
// recheck's process would wait for more.
process.exit(problems.length === 0 ? 0 : 1);

function describe({ file, line, source, flags, complexity, attack, variant, unused }) {
  if (unused) return `${file}:${line} This exception stands beside no expression that needs it. Remove the comment.`;
  return [
    `${file}:${line} ${source === undefined ? 'an expression that' : `/${source}/${flags}`}`,
    `  ${complexity}`,
    ...(variant === undefined ? [] : [`  analysed as ${variant}`]),
    ...(attack === undefined ? [] : [`  attack: ${attack}`]),
    '  Make it linear, scan instead, or say beside it what bounds its input: "// bounded input: ...".',
  ].join('\n');
}

/** True if the comment ends in the expression's line, or in the line above it, other comment lines between them. */
function isBeside(comment, { line, statementLine }, comments) {
  const covered = new Set(comments.flatMap(({ loc }) => [loc.start.line, loc.end.line]));
  const reaches = target => {
    let last = comment.loc.end.line;
    while (last < target - 1 && covered.has(last + 1)) last++;
    return last === target - 1 || comment.loc.end.line === target;
  };
  return reaches(line) || reaches(statementLine);
}

/** Yields each regular expression below a node. One that is not a constant has no `source`. */
function* expressions(node, statementLine = node.loc.start.line) {
  if (node.type.endsWith('Statement') || node.type.endsWith('Declaration')) statementLine = node.loc.start.line;
  const at = { line: node.loc.start.line, statementLine };
  if (node.type === 'RegExpLiteral') yield { source: node.pattern, flags: node.flags, ...at };
  if ((node.type === 'NewExpression' || node.type === 'CallExpression') && isRegExp(node.callee)) {
    const [pattern, flags] = node.arguments;
    const source = pattern?.type === 'RegExpLiteral' ? pattern.pattern : text(pattern);
    const given = flags === undefined ? (pattern?.flags ?? '') : text(flags);
    yield source === undefined || given === undefined ? at : { source, flags: given, ...at };
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

/** False for the argument of a `search()` that is not a string's. */
function isExpression(source) {
  try {
    return source !== undefined && new RegExpParser().parsePattern(source) !== undefined;
  } catch {
    return false;
  }
}

/** The value of a string that is known without running the program. */
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
