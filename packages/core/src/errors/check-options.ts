import { ConfigurationError } from './configuration-error.ts';

/** A rule for the value of one option. */
export interface OptionRule {
  /** Description of valid values, to complete the sentence "... must be". */
  readonly must: string;
  /** Allows the option to be left out. */
  readonly optional: boolean;
  /** Returns true if the value is valid. Called for every value except `undefined`. */
  accepts(value: unknown): boolean;
}

/** One rule for each option. The compiler reports an option without a rule. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: OptionRule };

/**
 * Copies the options and checks them, for programs that are not type-checked. `owner` names their owner in messages, such
 * as `agent "Librarian"`. The copy has a property for each rule. Use it instead of the original (see `copyOptions`).
 *
 * @throws {ConfigurationError} if an option is unknown, missing or invalid. The message names the first such option.
 */
export function checkOptions<Options extends object>(
  owner: string,
  options: Options,
  rules: OptionRules<Options>,
): Options {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigurationError(`The options of ${owner} must be one object.`);
  }
  const names = Object.keys(rules);
  const copy = copyOptions(options, names);
  for (const name of Object.keys(copy)) {
    if (!names.includes(name)) {
      throw new ConfigurationError(`"${name}" is not an option of ${owner}. The options are: ${names.join(', ')}.`);
    }
  }
  for (const [name, { must, optional, accepts }] of Object.entries<OptionRule>(rules)) {
    const value: unknown = Reflect.get(copy, name);
    const accepted = value === undefined ? optional : accepts(value);
    if (!accepted) throw new ConfigurationError(`${name} of ${owner} must be ${must}.`);
  }
  return copy;
}

/**
 * Copies an options object, so that only the properties given by the caller are read. The copy has no prototype, is
 * unaffected by properties of `Object.prototype` (prototype pollution), and does not change later. Accessors are read
 * once. For an instance of a class, the accessors and methods of the class are copied, too. Any other value, such as an
 * array, is returned unchanged.
 *
 * With `names`, the copy has a property for each name, `undefined` if the caller did not give it, so that the copy can be
 * spread into a plain object.
 */
export function copyOptions<T>(options: T, names: readonly string[] = []): T {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options;
  const copy: object = Object.create(null);
  for (let source: object = options; ; ) {
    for (const name of Reflect.ownKeys(source)) {
      if (Object.hasOwn(copy, name) || (source !== options && name === 'constructor')) continue;
      const { get, enumerable: isEnumerable } = Object.getOwnPropertyDescriptor(source, name) ?? {};
      const enumerable = source === options ? isEnumerable === true : get !== undefined;
      const value: unknown = Reflect.get(source, name, options);
      Object.defineProperty(copy, name, { value, enumerable, writable: true, configurable: true });
    }
    const parent: object | null = Object.getPrototypeOf(source);
    // The last object of the chain is some realm's Object.prototype.
    if (parent === null || Object.getPrototypeOf(parent) === null) break;
    source = parent;
  }
  for (const name of names) if (!Object.hasOwn(copy, name)) Object.assign(copy, { [name]: undefined });
  return copy as T;
}

/** Returns the same rule for an option that may be left out. */
export function optional(rule: OptionRule): OptionRule {
  return { ...rule, optional: true };
}

function required(must: string, accepts: (value: unknown) => boolean): OptionRule {
  return { must, optional: false, accepts };
}

/** The rule for a non-empty string. */
export const text: OptionRule = required(
  'a non-empty string',
  value => typeof value === 'string' && value.trim() !== '',
);

/** The rule for a string, possibly empty. */
export const string: OptionRule = required('a string', value => typeof value === 'string');

/** The rule for a boolean. */
export const flag: OptionRule = required('true or false', value => typeof value === 'boolean');

/** The rule for a finite number greater than zero. */
export const positive: OptionRule = required(
  'a positive number',
  value => typeof value === 'number' && Number.isFinite(value) && value > 0,
);

/** Returns the rule for a whole number of at least `minimum`. */
export function whole(minimum: number): OptionRule {
  return required(
    `a whole number of at least ${minimum}`,
    value => Number.isInteger(value) && Number(value) >= minimum,
  );
}

/** The rule for a function. */
export const callable: OptionRule = required('a function', value => typeof value === 'function');

/** The rule for a list of functions. */
export const callbacks: OptionRule = required(
  'a list of functions',
  value => Array.isArray(value) && value.every(item => typeof item === 'function'),
);

/** The rule for an option that accepts any value. */
export const anything: OptionRule = { must: 'anything', optional: true, accepts: () => true };

/** Returns the rule for one of the given words. */
export function oneOf(...words: readonly string[]): OptionRule {
  return required(words.map(word => `"${word}"`).join(' or '), value => words.some(word => word === value));
}

/** Returns the rule for an object that has the given methods. */
export function objectWith(must: string, ...methods: readonly string[]): OptionRule {
  return required(must, value => hasMethods(value, methods));
}

/** Returns the rule for a list of objects that have the given methods. */
export function listOf(must: string, ...methods: readonly string[]): OptionRule {
  return required(must, value => Array.isArray(value) && value.every(item => hasMethods(item, methods)));
}

function hasMethods(value: unknown, methods: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return methods.every(method => typeof Reflect.get(value, method) === 'function');
}

/** The rule for an LLM. */
export const llm: OptionRule = objectWith(
  'a BaseLLM; there is no default model',
  'generate',
  'stream',
  'supportsFunctionCalling',
);

/** The rule for a `Clock`. */
export const clock: OptionRule = objectWith('a Clock', 'wall', 'monotonic', 'sleep');

/** The rule for a list of tools with unique names. */
export const tools: OptionRule = required('a list of tools made with tool(), each with its own name', value => {
  if (!Array.isArray(value) || !value.every(item => hasMethods(item, ['run']) && typeof item.name === 'string'))
    return false;
  return new Set(value.map(item => item.name)).size === value.length;
});

/**
 * Returns a replacer for `JSON.stringify` that rejects numbers which are not finite and would be written as `null`.
 * `subject` names the value in the error message.
 *
 * @throws {ConfigurationError} from the replacer, for the first such number.
 */
export function finiteNumbersOnly(subject: string): (key: string, value: unknown) => unknown {
  return (key, value) => {
    if (typeof value !== 'number' || Number.isFinite(value)) return value;
    const place = key === '' ? '' : ` at ${JSON.stringify(key)}`;
    throw new ConfigurationError(`${subject} must contain only finite numbers, not ${value}${place}.`);
  };
}
