import { ConfigurationError } from './configuration-error.ts';
import { copyOptions } from './copy-options.ts';

/** What one option must be. */
export interface OptionRule {
  /** Ends the sentence "... must be". */
  readonly must: string;
  /** Whether it may be left out. */
  readonly optional: boolean;
  /** Asked for every value but `undefined`. */
  accepts(value: unknown): boolean;
}

/** A rule for each option, so that none can be added without one. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: OptionRule };

/**
 * Copies the options and checks what a program without types may have got wrong. `what` names whose options they are:
 * `agent "Librarian"`. The copy has a property for each rule: use it, and not what was given (see `copyOptions`).
 *
 * @throws {ConfigurationError} naming the first option that is unknown, missing or wrong.
 */
export function checkOptions<Options extends object>(
  what: string,
  options: Options,
  rules: OptionRules<Options>,
): Options {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigurationError(`The options of ${what} must be one object.`);
  }
  const known = Object.keys(rules);
  const copy = copyOptions(options, known);
  for (const name of Object.keys(copy)) {
    if (!known.includes(name)) {
      throw new ConfigurationError(`"${name}" is not an option of ${what}. The options are: ${known.join(', ')}.`);
    }
  }
  for (const [name, { must, optional, accepts }] of Object.entries<OptionRule>(rules)) {
    const value: unknown = Reflect.get(copy, name);
    const accepted = value === undefined ? optional : accepts(value);
    if (!accepted) throw new ConfigurationError(`${name} of ${what} must be ${must}.`);
  }
  return copy;
}

/** The rule for an option that may be left out. */
export function optional(rule: OptionRule): OptionRule {
  return { ...rule, optional: true };
}

function required(must: string, accepts: (value: unknown) => boolean): OptionRule {
  return { must, optional: false, accepts };
}

export const text: OptionRule = required(
  'a non-empty string',
  value => typeof value === 'string' && value.trim() !== '',
);

export const string: OptionRule = required('a string', value => typeof value === 'string');

export const flag: OptionRule = required('true or false', value => typeof value === 'boolean');

export const positive: OptionRule = required(
  'a positive number',
  value => typeof value === 'number' && Number.isFinite(value) && value > 0,
);

/** A whole number that is at least `least`. */
export function whole(least: number): OptionRule {
  return required(`a whole number of at least ${least}`, value => Number.isInteger(value) && Number(value) >= least);
}

export const callable: OptionRule = required('a function', value => typeof value === 'function');

export const callbacks: OptionRule = required(
  'a list of functions',
  value => Array.isArray(value) && value.every(item => typeof item === 'function'),
);

/** Anything at all. */
export const anything: OptionRule = { must: 'anything', optional: true, accepts: () => true };

/** One of these words. */
export function oneOf(...words: readonly string[]): OptionRule {
  return required(words.map(word => `"${word}"`).join(' or '), value => words.some(word => word === value));
}

/** An object that has these methods. */
export function shaped(must: string, ...methods: readonly string[]): OptionRule {
  return required(must, value => hasMethods(value, methods));
}

/** A list of objects that have these methods. */
export function listOf(must: string, ...methods: readonly string[]): OptionRule {
  return required(must, value => Array.isArray(value) && value.every(item => hasMethods(item, methods)));
}

function hasMethods(value: unknown, methods: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return methods.every(method => typeof Reflect.get(value, method) === 'function');
}

export const llm: OptionRule = shaped(
  'a BaseLLM; there is no default model',
  'generate',
  'stream',
  'supportsFunctionCalling',
);

export const clock: OptionRule = shaped('a Clock', 'wall', 'monotonic', 'sleep');

export const tools: OptionRule = required('a list of tools made with tool(), each with a name of its own', value => {
  if (!Array.isArray(value) || !value.every(item => hasMethods(item, ['run']) && typeof item.name === 'string'))
    return false;
  return new Set(value.map(item => item.name)).size === value.length;
});
