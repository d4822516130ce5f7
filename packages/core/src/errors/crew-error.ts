import type { JsonObject, JsonValue } from '../json.ts';
import type { TokenUsage } from '../llm/turn.ts';
import type { Message } from '../messages/message.ts';

/** What any `CrewError` may be given. */
export interface CrewErrorOptions {
  /** What was thrown underneath. It must hold no secret: it is printed with the error. */
  readonly cause?: unknown;
}

/** A `CrewError` as data: what `toJSON` gives and `fromJSON` reads. */
export type CrewErrorJson = JsonObject & { readonly name: string; readonly code: string; readonly message: string };

type Reviver = (message: string, fields: JsonObject, options: CrewErrorOptions) => CrewError;

/** The longest chain of causes in an error's JSON. */
const MAX_CAUSES = 100;

/** The errors that `toJSON` is at: each is the cause of the one before. */
const told = new Set<CrewError>();

const revivers = new Map<string, Reviver>();

/** Those of the classes in this package. */
const ownPrototypes = new Set<unknown>();

/**
 * The parent of every error that Crew throws: a `code` to switch on, a sentence that says what happened, to what, and
 * what to do, and the `cause`. Use `isInstance` instead of `instanceof`: it also recognises errors of another copy of
 * this package.
 */
export class CrewError extends Error {
  /** Stable and machine-readable, such as `RATE_LIMIT`. */
  readonly code: string;
  /**
   * Set when a tool loop was ended by this error: the conversation so far, with every open tool call answered
   * "cancelled". Not enumerable, so that printing an error prints no prompt.
   */
  declare readonly messages?: readonly Message[] | undefined;
  /** Set together with `messages`: the tokens of the turns that the run had. Not enumerable either. */
  declare readonly usage?: TokenUsage | undefined;

  constructor(code: string, message: string, options: CrewErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    // A marked class has its name on its prototype, where no minifier changes it; one from elsewhere is called what its
    // class is. Hidden in either case, as on the platform's errors: a printed error shows its name once.
    if (!Object.hasOwn(new.target.prototype, 'name')) {
      Object.defineProperty(this, 'name', { value: new.target.name, configurable: true, writable: true });
    }
  }

  /** Whether the value is a `CrewError`, from whichever copy of this package. */
  static isInstance(value: unknown): value is CrewError {
    return isMarked(value, 'CrewError');
  }

  /** The error as JSON, with its cause as far as that is an error; `CrewError.fromJSON` gives it back. */
  toJSON(): CrewErrorJson {
    const json: Record<string, JsonValue> = { name: this.name, code: this.code, message: this.message };
    for (const [key, value] of Object.entries(this)) {
      if (isJson(value)) json[key] = value;
    }
    const { cause } = this;
    told.add(this);
    try {
      // Causes can go round in a circle.
      if (CrewError.isInstance(cause) && !told.has(cause) && told.size < MAX_CAUSES) json['cause'] = cause.toJSON();
      else if (cause instanceof Error) json['cause'] = { name: cause.name, message: cause.message };
    } finally {
      told.delete(this);
    }
    return json as CrewErrorJson;
  }

  /** The error that `toJSON` described, of the same class. Unknown names become a plain `CrewError` with that code. */
  static fromJSON(json: CrewErrorJson): CrewError {
    return reviveError(json, 0);
  }

  static {
    markError(CrewError, 'CrewError');
  }
}

/**
 * Names a class of errors and marks it by that name, so that `isMarked` knows its instances across copies, and teaches
 * `fromJSON` how to make one.
 */
export function markError(errorClass: { readonly prototype: CrewError }, name: string, revive?: Reviver): void {
  Object.defineProperty(errorClass.prototype, Symbol.for(`@crew/core/${name}`), { value: true });
  Object.defineProperty(errorClass.prototype, 'name', { value: name, configurable: true, writable: true });
  ownPrototypes.add(errorClass.prototype);
  if (revive) revivers.set(name, revive);
}

/**
 * The error that a run says with how far it had come. A reason to abort ends every run under its signal, and an LLM may
 * throw one and the same error to several runs: none of them may find the conversation of another in it. So one of
 * Crew's classes is copied. One of another class cannot be: a copy would lack its private fields. It is the run's itself,
 * unless another run has it, or nothing can be added to it.
 */
export function ownError(error: CrewError): CrewError {
  const mayBeGiven = !isOfOwnClass(error) && Object.isExtensible(error);
  const isGiven = Object.hasOwn(error, 'messages') || Object.hasOwn(error, 'usage');
  return mayBeGiven && !isGiven ? error : detachedError(error);
}

/**
 * An error like this one that nobody else holds: of the same class, with the same fields, where the class is one of
 * Crew's; otherwise a plain one with its code. The cause is that error's, or the error itself where it has none or is of
 * another class.
 */
export function detachedError(error: CrewError): CrewError {
  const { code, message, cause = error } = error;
  if (!isOfOwnClass(error)) return new CrewError(code, message, { cause: error });
  const own = new Error(message, { cause });
  Object.setPrototypeOf(own, Object.getPrototypeOf(error));
  for (const key of Reflect.ownKeys(error)) {
    const field = NOT_COPIED.has(key) ? undefined : Object.getOwnPropertyDescriptor(error, key);
    if (field) Object.defineProperty(own, key, field);
  }
  // Where it happened, not where it was copied.
  Object.defineProperty(own, 'stack', { value: error.stack, configurable: true, writable: true });
  // Of the class that it was given the prototype of.
  return own as CrewError;
}

/** Of a class in this package, none of which has private fields; a class made from one may. */
function isOfOwnClass(error: CrewError): boolean {
  return ownPrototypes.has(Object.getPrototypeOf(error));
}

/** What an error of one's own has for itself, or gets from the run that it ends. */
const NOT_COPIED: ReadonlySet<PropertyKey> = new Set(['message', 'cause', 'stack', 'messages', 'usage']);

/** Says with an error of the run's own how far the run had come that it ended. */
export function attachRun(error: CrewError, messages: readonly Message[], usage: TokenUsage): void {
  Object.defineProperty(error, 'messages', { value: messages, configurable: true, enumerable: false });
  Object.defineProperty(error, 'usage', { value: usage, configurable: true, enumerable: false });
}

/** Whether the value carries the mark of that class of errors. */
export function isMarked(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && Reflect.get(value, Symbol.for(`@crew/core/${name}`)) === true;
}

function reviveError(json: CrewErrorJson, depth: number): CrewError {
  const cause = reviveCause(json['cause'], depth + 1);
  const options = cause === undefined ? {} : { cause };
  const revive = revivers.get(json.name);
  return revive ? revive(json.message, json, options) : new CrewError(json.code, json.message, options);
}

function reviveCause(cause: JsonValue | undefined, depth: number): Error | undefined {
  if (depth > MAX_CAUSES) return undefined;
  if (typeof cause !== 'object' || cause === null || Array.isArray(cause)) return undefined;
  const { name, code, message } = cause as JsonObject;
  if (typeof name !== 'string' || typeof message !== 'string') return undefined;
  if (typeof code === 'string') return reviveError({ ...(cause as JsonObject), name, code, message }, depth);
  const error = new Error(message);
  if (name !== error.name) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  return error;
}

function isJson(value: unknown): value is JsonValue {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
