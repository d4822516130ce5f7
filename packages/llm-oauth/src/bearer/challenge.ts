/** One challenge of a `WWW-Authenticate` header (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** Authentication scheme, in lower case. */
  readonly scheme: string;
  /** Parameters by lower-case name. */
  readonly parameters: ReadonlyMap<string, string>;
}

const MAX_HEADER_LENGTH = 16_384;
/** Maximum number of challenges read from one response. */
const MAX_CHALLENGES = 32;
/** Maximum number of parameters kept of one challenge. */
const MAX_PARAMETERS = 32;
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const TOKEN_68 = /[0-9A-Za-z\-._~+/]+=*/y;
const BLANKS = /[ \t]*/y;
const SEPARATORS = /[ \t,]*/y;

/**
 * Parses the challenges of a response in one linear scan. It never throws: at a syntax error it returns the challenges
 * before the error. Headers longer than 16 KiB are ignored, as are challenges after the 32nd and parameters after the 32nd
 * of a challenge.
 */
export function parseChallenges(header: string | readonly string[] | undefined): readonly Challenge[] {
  if (header === undefined) return [];
  if (typeof header !== 'string') {
    return header.slice(0, MAX_CHALLENGES).flatMap(parseChallenges).slice(0, MAX_CHALLENGES);
  }
  if (header.length > MAX_HEADER_LENGTH) return [];
  const scanner = new Scanner(header);
  const challenges: Challenge[] = [];
  while (challenges.length < MAX_CHALLENGES) {
    scanner.take(SEPARATORS);
    const scheme = scanner.take(TOKEN);
    if (scheme === '') return challenges;
    const parameters = new Map<string, string>();
    challenges.push({ scheme: scheme.toLowerCase(), parameters });
    if (!readParameters(scanner, parameters)) return challenges;
  }
  return challenges;
}

/** Returns the first bearer challenge (RFC 6750, section 3). */
export function bearerChallenge(header: string | readonly string[] | undefined): Challenge | undefined {
  return parseChallenges(header).find(({ scheme }) => scheme === 'bearer');
}

/** Reads the parameters of a challenge. Returns true if another challenge may follow. */
function readParameters(scanner: Scanner, parameters: Map<string, string>): boolean {
  if (scanner.take(BLANKS) === '') return scanner.isAt(',') || scanner.isAtEnd;
  for (let isFirst = true; ; isFirst = false) {
    scanner.take(SEPARATORS);
    const start = scanner.position;
    const name = scanner.take(TOKEN);
    scanner.take(BLANKS);
    if (name !== '' && scanner.skip('=') && readValue(scanner, name.toLowerCase(), parameters)) continue;
    scanner.position = start;
    // A token68 replaces the parameters. Anything else is the next challenge, or a syntax error.
    if (isFirst && isToken68(scanner)) return true;
    scanner.position = start;
    return name !== '' && !nextIsAssignment(scanner);
  }
}

function readValue(scanner: Scanner, name: string, parameters: Map<string, string>): boolean {
  scanner.take(BLANKS);
  const value = scanner.isAt('"') ? scanner.quoted() : scanner.take(TOKEN) || undefined;
  if (value === undefined) return false;
  if (!parameters.has(name) && parameters.size < MAX_PARAMETERS) parameters.set(name, value);
  return true;
}

function isToken68(scanner: Scanner): boolean {
  if (scanner.take(TOKEN_68) === '') return false;
  scanner.take(BLANKS);
  return scanner.isAtEnd || scanner.isAt(',');
}

function nextIsAssignment(scanner: Scanner): boolean {
  const start = scanner.position;
  scanner.take(TOKEN);
  scanner.take(BLANKS);
  const isAssignment = scanner.isAt('=');
  scanner.position = start;
  return isAssignment;
}

class Scanner {
  position = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.position >= this.#text.length;
  }

  isAt(character: string): boolean {
    return this.#text[this.position] === character;
  }

  skip(character: string): boolean {
    if (!this.isAt(character)) return false;
    this.position += 1;
    return true;
  }

  /** Consumes and returns the match of a sticky expression at the current position, or the empty string. */
  take(expression: RegExp): string {
    expression.lastIndex = this.position;
    const match = expression.exec(this.#text)?.[0] ?? '';
    this.position += match.length;
    return match;
  }

  /** Reads a quoted string (RFC 9110, section 5.6.4). Returns `undefined` if it is not terminated. */
  quoted(): string | undefined {
    let value = '';
    for (let index = this.position + 1; index < this.#text.length; index += 1) {
      const character = this.#text[index];
      if (character === '"') {
        this.position = index + 1;
        return value;
      }
      if (character === '\\') index += 1;
      value += this.#text[index] ?? '';
    }
    return undefined;
  }
}

/**
 * Decodes the claims of an `insufficient_claims` challenge (continuous access evaluation of Microsoft Entra), a
 * base64-encoded JSON object. Returns `undefined` for anything else.
 */
export function decodeClaims(encoded: string | undefined): string | undefined {
  if (encoded === undefined || encoded.length > MAX_HEADER_LENGTH) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? text : undefined;
  } catch {
    return undefined;
  }
}
