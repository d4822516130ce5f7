/** Maximum number of instructions of a compiled pattern. Repetition with counts multiplies them. */
const MAX_INSTRUCTIONS = 5000;
/** Maximum nesting depth of groups. */
const MAX_GROUP_DEPTH = 100;

type Test = (character: string) => boolean;
type Position = 'start' | 'end' | 'boundary' | 'no-boundary';
type Instruction =
  | { readonly kind: 'character'; readonly test: Test }
  | { readonly kind: 'split'; readonly first: number; second: number }
  | { readonly kind: 'jump'; to: number }
  | { readonly kind: 'position'; readonly position: Position }
  | { readonly kind: 'ahead'; readonly program: readonly Instruction[]; readonly wanted: boolean }
  | { readonly kind: 'match' };

/**
 * A regular expression of a schema that is matched in linear time. All paths through it are followed simultaneously
 * (Thompson, "Regular Expression Search Algorithm", 1968); the built-in `RegExp` tries one after the other and can take
 * exponential time. Syntax and semantics are those of the `u` flag.
 */
export class LinearPattern {
  readonly #program: readonly Instruction[];

  /** @throws {Error} if the pattern is invalid, or cannot be matched in linear time. */
  constructor(source: string) {
    // linear: compiled to check the syntax, and never run. `compile` relies on valid syntax.
    new RegExp(source, 'u');
    this.#program = compile(source);
  }

  /** Returns true if the text contains a match. `spend` is called with the number of steps taken. */
  test(text: string, spend: (steps: number) => void): boolean {
    return matches(this.#program, text, 0, false, spend);
  }
}

/**
 * Compiles a pattern of a schema. Returns undefined for a pattern in another syntax than that of the `u` flag, such as
 * that of older JavaScript (`^https\\:`), of Python (`(?P<name>x)`) or of PCRE (`(?i)x`): it is not checked.
 *
 * @throws {Error} if the pattern is invalid in all of them, or cannot be matched in linear time.
 */
export function compilePattern(source: string): LinearPattern | undefined {
  return isForeign(source) ? undefined : new LinearPattern(source);
}

function isForeign(source: string): boolean {
  if (isValid(source, 'u')) return FLAG_GROUP.test(source);
  return FOREIGN_GROUP.test(source) || POSSESSIVE.test(source) || isValid(source, '');
}

/** A group with flags of its own. */
const FLAG_GROUP = /\(\?[a-z-]{1,6}:/;
/** A group, flag or comment that JavaScript does not have. */
const FOREIGN_GROUP = /\(\?(?![:=!<])/;
/** A quantifier that gives nothing back. */
const POSSESSIVE = /[*+?}]\+/;

function isValid(source: string, flags: string): boolean {
  try {
    // linear: compiled to check the syntax, and never run.
    new RegExp(source, flags);
    return true;
  } catch {
    return false;
  }
}

function compile(source: string): readonly Instruction[] {
  let at = 0;
  let groupDepth = 0;
  const fail = (what: string): never => {
    throw new Error(`the pattern ${JSON.stringify(source.slice(0, 100))} ${what}.`);
  };
  const push = (program: Instruction[], instruction: Instruction): void => {
    if (program.length >= MAX_INSTRUCTIONS) fail('is too large to be matched in bounded time');
    program.push(instruction);
  };
  /** Appends a compiled part, whose targets are relative to its start. */
  const append = (program: Instruction[], part: readonly Instruction[]): void => {
    const offset = program.length;
    for (const instruction of part) {
      if (instruction.kind === 'split') {
        push(program, { kind: 'split', first: instruction.first + offset, second: instruction.second + offset });
      } else if (instruction.kind === 'jump') push(program, { kind: 'jump', to: instruction.to + offset });
      else push(program, instruction);
    }
  };
  const alternatives = (): Instruction[] => {
    groupDepth += 1;
    if (groupDepth > MAX_GROUP_DEPTH) fail('nests too many groups');
    let whole = sequence();
    while (source[at] === '|') {
      at += 1;
      const other = sequence();
      const either: Instruction[] = [{ kind: 'split', first: 1, second: whole.length + 2 }];
      append(either, whole);
      push(either, { kind: 'jump', to: whole.length + 2 + other.length });
      append(either, other);
      whole = either;
    }
    groupDepth -= 1;
    return whole;
  };
  const sequence = (): Instruction[] => {
    const program: Instruction[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') append(program, quantified(term()));
    return program;
  };
  const group = (): Instruction[] => {
    const inner = alternatives();
    at += 1; // ")"
    return inner;
  };
  const term = (): Instruction[] => {
    const opening = /\((?:\?(?::|<?[=!]|<[^>]*>|[a-z-]*:))?/uy;
    opening.lastIndex = at;
    const open = opening.exec(source)?.[0];
    if (open !== undefined) {
      at += open.length;
      if (open === '(?=' || open === '(?!') {
        return [{ kind: 'ahead', program: [...group(), { kind: 'match' }], wanted: open === '(?=' }];
      }
      if (open === '(?<=' || open === '(?<!') return fail('looks behind, which takes unbounded time');
      if (/^\(\?[a-z-]+:/u.test(open)) return fail('changes flags within, which is not supported');
      return group();
    }
    const atom =
      /\\[dDwWsSbB]|\\u\{[^}]*\}|\\[pP]\{[^}]*\}|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\x..|\\c.|\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|[\s\S]/uy;
    atom.lastIndex = at;
    const written = atom.exec(source)?.[0] ?? fail('cannot be read');
    at += written.length;
    if (written === '^') return [{ kind: 'position', position: 'start' }];
    if (written === '$') return [{ kind: 'position', position: 'end' }];
    if (written === '\\b') return [{ kind: 'position', position: 'boundary' }];
    if (written === '\\B') return [{ kind: 'position', position: 'no-boundary' }];
    if (/^\\[1-9k]/u.test(written)) return fail('refers back to a group, which takes unbounded time');
    return [{ kind: 'character', test: characterTest(written) }];
  };
  const quantified = (part: Instruction[]): Instruction[] => {
    // bounded input: it matches at one position (sticky) and two counts of at most nine digits.
    const quantifier = /(?:[*+?]|\{(\d{1,9})(,?)(\d{0,9})\})\??/uy;
    quantifier.lastIndex = at;
    const match = quantifier.exec(source);
    // With the `u` flag an unescaped brace is always a quantifier.
    if (match === null) return source[at] === '{' ? fail('has a count of more than nine digits') : part;
    at += match[0].length;
    const [written, low = '', comma, high = ''] = match;
    const least = low === '' ? (written.startsWith('+') ? 1 : 0) : Number(low);
    const most =
      low === '' ? (written.startsWith('?') ? 1 : Infinity) : high !== '' ? Number(high) : comma ? Infinity : least;
    if (part.length === 0) return part;
    const program: Instruction[] = [];
    for (let count = 0; count < least; count += 1) append(program, part);
    if (most === Infinity) {
      const start = program.length;
      push(program, { kind: 'split', first: start + 1, second: start + part.length + 2 });
      append(program, part);
      push(program, { kind: 'jump', to: start });
      return program;
    }
    for (let count = least; count < most; count += 1) {
      const start = program.length;
      push(program, { kind: 'split', first: start + 1, second: start + part.length + 1 });
      append(program, part);
    }
    return program;
  };
  return [...alternatives(), { kind: 'match' }];
}

/** Returns a test for one character: the character itself, or a class, which the built-in `RegExp` tests. */
function characterTest(written: string): Test {
  if (written.length === 1 && written !== '.') return character => character === written;
  // linear: one character or class, tested on one character.
  const one = new RegExp(`^${written}$`, 'u');
  const known = new Map<string, boolean>();
  return character => {
    if (character > '\u007f') return one.test(character);
    let fits = known.get(character);
    if (fits === undefined) {
      fits = one.test(character);
      known.set(character, fits);
    }
    return fits;
  };
}

function matches(
  program: readonly Instruction[],
  text: string,
  from: number,
  anchored: boolean,
  spend: (steps: number) => void,
): boolean {
  /** The position at which each instruction was last reached, so that no path is followed twice. */
  const reached = new Int32Array(program.length).fill(-1);
  let waiting: number[] = [];
  for (let at = from; ; ) {
    const pending = anchored && at > from ? waiting : [...waiting, 0];
    const next: number[] = [];
    const tests: Extract<Instruction, { kind: 'character' }>[] = [];
    let steps = 1;
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      const instruction = program[index];
      if (instruction === undefined || reached[index] === at) continue;
      reached[index] = at;
      steps += 1;
      if (instruction.kind === 'match') return true;
      if (instruction.kind === 'split') pending.push(instruction.second, instruction.first);
      else if (instruction.kind === 'jump') pending.push(instruction.to);
      else if (instruction.kind === 'position') {
        if (isAtPosition(instruction.position, text, at)) pending.push(index + 1);
      } else if (instruction.kind === 'ahead') {
        if (matches(instruction.program, text, at, true, spend) === instruction.wanted) pending.push(index + 1);
      } else {
        tests.push(instruction);
        next.push(index + 1);
      }
    }
    spend(steps);
    const code = text.codePointAt(at);
    if (code === undefined || (anchored && next.length === 0)) return false;
    const character = String.fromCodePoint(code);
    waiting = next.filter((_, index) => tests[index]?.test(character));
    at += character.length;
  }
}

function isAtPosition(position: Position, text: string, at: number): boolean {
  if (position === 'start') return at === 0;
  if (position === 'end') return at === text.length;
  const boundary = /\w/u.test(text.charAt(at - 1)) !== /\w/u.test(text.charAt(at));
  return boundary === (position === 'boundary');
}
