// Decides whether a regular expression takes superlinear time on some input. The verdict comes from the automaton checker of
// recheck, which is exact and needs no sampling. It does not support lookarounds, large counts and the v flag, so these are
// rewritten into expressions that cost at least as much.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';
import { check } from 'recheck';

const timeout = 120_000;
/** Larger counts are rewritten, because the automaton would need a state for each repetition. */
const smallCount = 3;
const { version } = createRequire(import.meta.url)('recheck/package.json');

/** Returns undefined for an expression that is linear on every input, otherwise a description of the problem. */
export async function superLinear(source, flags, cache = new Map()) {
  const rewritten = rewrite(source, flags);
  if (rewritten.unreadable !== undefined) return { complexity: rewritten.unreadable };
  for (const { pattern, patternFlags } of rewritten.variants) {
    const key = `/${pattern}/${patternFlags}`;
    if (!cache.has(key)) cache.set(key, await verdict(pattern, patternFlags));
    const found = cache.get(key);
    if (found !== null) return pattern === source ? found : { ...found, variant: key };
  }
  return undefined;
}

/** Returns the cache of verdicts by expression, which is stored in node_modules between runs. */
export function verdicts(root) {
  const file = join(root, 'node_modules/.cache/regexps', `recheck-${version}.json`);
  const read = () => {
    try {
      return new Map(JSON.parse(readFileSync(file, 'utf8')));
    } catch {
      return new Map();
    }
  };
  const cache = read();
  const save = () => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify([...cache]));
  };
  return { cache, save };
}

async function verdict(pattern, flags) {
  const { status, complexity, attack, error } = await check(pattern, flags, { checker: 'automaton', timeout });
  if (status === 'safe') return null;
  if (status === 'unknown') return { complexity: `cannot be analysed (${error.kind})` };
  return { complexity: complexity.summary, attack: attack.pattern };
}

/**
 * Returns the expressions to analyse instead of `source`:
 * - one without lookarounds, because a lookaround only removes matches;
 * - one for each lookahead, with its body inlined, because it is tried again wherever the preceding part matches;
 * - for large counts, one that repeats without limit at a single position: `(a?){30}a{30}` is bounded, but extremely slow.
 * In the first two kinds, large counts are reduced to small ones, which changes a factor but no exponent.
 */
function rewrite(source, flags) {
  const unicodeSets = flags.includes('v');
  const unicode = !unicodeSets && flags.includes('u');
  const ast = new RegExpParser().parsePattern(source, 0, source.length, { unicode, unicodeSets });
  const lookaheads = [];
  const edits = { lookarounds: [], counts: [] };
  let unreadable;
  let repeats = false;
  visitRegExpAST(ast, {
    onQuantifierEnter(node) {
      if (node.max === Infinity) repeats = true;
      if (node.max !== Infinity ? node.max > smallCount : node.min > smallCount) edits.counts.push(node);
    },
    onAssertionEnter(node) {
      if (node.kind !== 'lookahead' && node.kind !== 'lookbehind') return;
      edits.lookarounds.push(node);
      if (node.kind === 'lookahead') lookaheads.push(node);
      else if (/[*+]|,\}/.test(node.raw.replace(/\\./g, ''))) unreadable = 'unbounded repetition in a lookbehind';
    },
    onBackreferenceEnter() {
      unreadable = 'a backreference';
    },
    onExpressionCharacterClassEnter() {
      unreadable = 'an operation on character classes (flag v)';
    },
  });
  if (unreadable !== undefined) return { unreadable: `cannot be analysed: ${unreadable}` };
  if (!repeats && edits.counts.length === 0) return { variants: [] };

  const base = flags.replace('v', 'u').replace('d', '');
  const cut = new Map(edits.counts.map(node => [node, `{${bounds(node, smallCount)}}${node.greedy ? '' : '?'}`]));
  const endless = new Map(edits.counts.map(node => [node, `${node.min === 0 ? '*' : '+'}${node.greedy ? '' : '?'}`]));
  const variant = (counts, inlined, patternFlags = base) => ({
    pattern: print(ast, node => (edits.lookarounds.includes(node) ? inline(node, node === inlined) : counts.get(node))),
    patternFlags,
  });
  const variants = repeats ? [undefined, ...lookaheads].map(inlined => variant(cut, inlined)) : [];
  if (edits.counts.length > 0) variants.push(variant(endless, undefined, base.includes('y') ? base : `${base}y`));
  return { variants };
}

const bounds = ({ min, max }, most) =>
  max === Infinity ? `${Math.min(min, most)},` : `${Math.min(min, most)},${Math.min(max, most)}`;

const inline = (node, inlined) =>
  inlined
    ? { open: '(?:', parts: node.alternatives, separator: '|', close: ')' }
    : { open: '(?:)', parts: [], close: '' };

/** Prints the expression. `replaced` returns the new count of a quantifier and the new form of a lookaround. */
function print(node, replaced) {
  const list = (nodes, separator = '') => nodes.map(part => print(part, replaced)).join(separator);
  switch (node.type) {
    case 'Pattern':
      return list(node.alternatives, '|');
    case 'Alternative':
      return list(node.elements);
    case 'Group':
      return `(?${modifiers(node)}:${list(node.alternatives, '|')})`;
    case 'CapturingGroup':
      return `(${list(node.alternatives, '|')})`;
    case 'Quantifier':
      return print(node.element, replaced) + (replaced(node) ?? node.raw.slice(node.element.raw.length));
    case 'Assertion': {
      const form = replaced(node);
      return form === undefined ? node.raw : form.open + list(form.parts, form.separator) + form.close;
    }
    default:
      return node.raw;
  }
}

const modifiers = ({ modifiers: node }) => (node === null || node === undefined ? '' : node.raw);
