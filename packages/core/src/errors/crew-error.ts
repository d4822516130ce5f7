import type { JsonObject, JsonValue } from '../json.ts';
import type { TokenUsage } from '../llm/turn.ts';
import type { Message } from '../messages/message.ts';

/** Constructor options of `CrewError`. */
export interface CrewErrorOptions {
  /** The underlying error. It must not contain secrets, because it is printed together with this error. */
  readonly cause?: unknown;
  /** The number of retries that the LLM has already made of the failed request. Default: none. */
  readonly retries?: number | undefined;
}

/** The JSON form of a `CrewError`, as `toJSON` returns it and `fromJSON` reads it. */
export type CrewErrorJson = JsonObject & { readonly name: string; readonly code: string; readonly message: string };

/** Creates an error from its JSON. `fields` is the whole JSON object. */
type Reviver = (message: string, fields: JsonObject, options: CrewErrorOptions) => CrewError;

/** The longest chain of causes in an error's JSON. */
const MAX_CAUSES = 100;

/** The errors that `toJSON` is converting: each is the cause of the one before. */
const converting = new Set<CrewError>();

const revivers = new Map<string, Reviver>();

/** Prototypes of the error classes in this package. */
const crewPrototypes = new Set<unknown>();

/**
 * The base class of every error that Crew throws. It has a `code` for programs, a message that describes what happened
 * and what to do, and the `cause`. Test errors with `isInstance` instead of `instanceof`, which does not recognise errors
 * created by another copy of this package.
 *
 * @example
 * Tell errors apart, and send one to another process:
 *
 * ```ts
 * import { CrewError, RateLimitError } from '@crew/core';
 *
 * const error: unknown = new RateLimitError('The endpoint returned 429.', { status: 429, retryAfter: 20 });
 * if (CrewError.isInstance(error)) {
 *   console.log(error.code); // RATE_LIMIT
 *   const json = JSON.stringify(error); // calls error.toJSON()
 *   const copy = CrewError.fromJSON(JSON.parse(json));
 *   console.log(RateLimitError.isInstance(copy) && copy.retryAfter); // 20
 * }
 * ```
 */
export class CrewError extends Error {
  /** A stable, machine-readable code, such as `RATE_LIMIT`. */
  readonly code: string;
  /**
   * The number of retries that the LLM has already made of the failed request, if any. An agent does not repeat a turn that
   * failed with such an error, so that retries do not multiply.
   */
  declare readonly retries?: number | undefined;
  /**
   * The conversation up to the error, if the error ended a tool loop. Every open tool call is answered "cancelled". Not
   * enumerable, so that printing the error does not print prompts.
   */
  declare readonly messages?: readonly Message[] | undefined;
  /** Token usage of the run up to the error; set together with `messages`. Not enumerable. */
  declare readonly usage?: TokenUsage | undefined;

  constructor(code: string, message: string, options: CrewErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.retries !== undefined) markRetried(this, options.retries);
    // Classes of this package have their names on their prototypes, where no minifier changes them. Other subclasses
    // get the name of the class. Not enumerable, as on built-in errors, so that a printed error shows its name once.
    if (!Object.hasOwn(new.target.prototype, 'name')) {
      Object.defineProperty(this, 'name', { value: new.target.name, configurable: true, writable: true });
    }
  }

  /** Returns true if the value is a `CrewError`, even one created by another copy of this package. */
  static isInstance(value: unknown): value is CrewError {
    return isMarked(value, 'CrewError');
  }

  /** Returns the error as JSON, with its cause if that is an error. `CrewError.fromJSON` restores it. */
  toJSON(): CrewErrorJson {
    const json: Record<string, JsonValue> = { name: this.name, code: this.code, message: this.message };
    for (const [key, value] of Object.entries(this)) {
      if (isJson(value)) json[key] = value;
    }
    const { cause } = this;
    converting.add(this);
    try {
      // Causes can form a cycle.
      if (CrewError.isInstance(cause) && !converting.has(cause) && converting.size < MAX_CAUSES)
        json['cause'] = cause.toJSON();
      else if (cause instanceof Error) json['cause'] = { name: cause.name, message: cause.message };
    } finally {
      converting.delete(this);
    }
    return json as CrewErrorJson;
  }

  /** Returns the error described by the JSON, of the same class. An unknown class becomes a plain `CrewError`. */
  static fromJSON(json: CrewErrorJson): CrewError {
    return reviveError(json, 0);
  }

  static {
    markError(CrewError, 'CrewError');
  }
}

/**
 * Registers an error class under a name: marks it, so that `isMarked` recognises its instances across copies of the
 * package, and lets `fromJSON` restore them.
 */
export function markError(errorClass: { readonly prototype: CrewError }, name: string, revive?: Reviver): void {
  Object.defineProperty(errorClass.prototype, Symbol.for(`@crew/core/${name}`), { value: true });
  Object.defineProperty(errorClass.prototype, 'name', { value: name, configurable: true, writable: true });
  crewPrototypes.add(errorClass.prototype);
  if (revive) revivers.set(name, revive);
}

/**
 * Returns an error to which one run may attach its conversation and usage. One abort reason ends every run under its
 * signal, and an LLM may throw the same error to several runs; no run may find another's conversation in its error.
 * Errors of Crew's classes are therefore copied. Errors of other classes cannot be copied, because the copy would lack
 * their private fields: they are returned unchanged, unless another run uses them or they are not extensible.
 */
export function toRunError(error: CrewError): CrewError {
  const isReusable = !isCrewClass(error) && Object.isExtensible(error);
  const isAttached = Object.hasOwn(error, 'messages') || Object.hasOwn(error, 'usage');
  return isReusable && !isAttached ? error : copyError(error);
}

/**
 * Returns a copy of the error. An error of one of Crew's classes keeps its class and fields; any other becomes a plain
 * `CrewError` with the same code. The cause of the copy is the cause of the error; it is the error itself if that has no
 * cause or is of another class.
 */
export function copyError(error: CrewError): CrewError {
  const { code, message, cause = error } = error;
  if (!isCrewClass(error)) return new CrewError(code, message, { cause: error });
  const copy = new Error(message, { cause });
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error));
  for (const key of Reflect.ownKeys(error)) {
    const field = NOT_COPIED.has(key) ? undefined : Object.getOwnPropertyDescriptor(error, key);
    if (field) Object.defineProperty(copy, key, field);
  }
  // The stack of the original names the place of the failure.
  Object.defineProperty(copy, 'stack', { value: error.stack, configurable: true, writable: true });
  // Its prototype is now that of a CrewError.
  return copy as CrewError;
}

/** Returns true if the error's class belongs to this package. Those have no private fields; subclasses may have. */
function isCrewClass(error: CrewError): boolean {
  return crewPrototypes.has(Object.getPrototypeOf(error));
}

/** Properties that a copied error sets itself, or gets from the run that it ends. */
const NOT_COPIED: ReadonlySet<PropertyKey> = new Set(['message', 'cause', 'stack', 'messages', 'usage']);

/** Attaches the conversation and token usage of a run to the error that ended it. */
export function attachRun(error: CrewError, messages: readonly Message[], usage: TokenUsage): void {
  Object.defineProperty(error, 'messages', { value: messages, configurable: true, enumerable: false });
  Object.defineProperty(error, 'usage', { value: usage, configurable: true, enumerable: false });
}

/** Records on an error how often the LLM has already retried the failed request. A frozen error stays as it is. */
export function markRetried(error: CrewError, retries: number): void {
  Reflect.defineProperty(error, 'retries', { value: retries, configurable: true, enumerable: true, writable: true });
}

/** Returns true if the value has the mark of the error class with that name. */
export function isMarked(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && Reflect.get(value, Symbol.for(`@crew/core/${name}`)) === true;
}

function reviveError(json: CrewErrorJson, depth: number): CrewError {
  const cause = reviveCause(json['cause'], depth + 1);
  const retries = numberField(json, 'retries');
  const options = { ...(cause === undefined ? {} : { cause }), ...(retries === undefined ? {} : { retries }) };
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

/** Returns the field of an error's JSON if it is a string. */
export function stringField(fields: JsonObject, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}

/** Returns the field of an error's JSON if it is a number. */
export function numberField(fields: JsonObject, name: string): number | undefined {
  const value = fields[name];
  return typeof value === 'number' ? value : undefined;
}

/** Returns the field of an error's JSON if it is a boolean. */
export function booleanField(fields: JsonObject, name: string): boolean | undefined {
  const value = fields[name];
  return typeof value === 'boolean' ? value : undefined;
}
