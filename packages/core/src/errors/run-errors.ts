import type { JsonValue } from '../json.ts';
import type { TokenUsage } from '../llm/turn.ts';
import {
  CrewError,
  type CrewErrorJson,
  type CrewErrorOptions,
  isMarked,
  markError,
  numberField,
  stringField,
} from './crew-error.ts';

/** The caller cancelled the work. `cause` is the reason passed to the `AbortController`, if that is an error. */
export class AbortError extends CrewError {
  declare readonly name: 'AbortError';

  constructor(message: string, options: CrewErrorOptions = {}) {
    super('ABORTED', message, options);
  }

  /** Returns true if the value is an `AbortError`, even one created by another copy of this package. */
  static override isInstance(value: unknown): value is AbortError {
    return isMarked(value, 'AbortError');
  }

  static {
    markError(AbortError, 'AbortError', (message, _fields, options) => new AbortError(message, options));
  }
}

/** Constructor options of `TimeoutError`. */
export interface TimeoutErrorOptions extends CrewErrorOptions {
  /** Name of the deadline, such as `connect`, `first-byte`, `idle`, `total`, `turn`, `tool` or `execution`. */
  readonly deadline?: string | undefined;
  /** Length of the time limit, in milliseconds. */
  readonly milliseconds?: number | undefined;
}

/** A time limit was exceeded. */
export class TimeoutError extends CrewError {
  declare readonly name: 'TimeoutError';
  /** Name of the deadline, such as `connect`, `first-byte`, `idle`, `total`, `turn`, `tool` or `execution`. */
  readonly deadline: string | undefined;
  /** Length of the time limit, in milliseconds. */
  readonly milliseconds: number | undefined;

  constructor(message: string, options: TimeoutErrorOptions = {}) {
    super('TIMEOUT', message, options);
    this.deadline = options.deadline;
    this.milliseconds = options.milliseconds;
  }

  /** Returns true if the value is a `TimeoutError`, even one created by another copy of this package. */
  static override isInstance(value: unknown): value is TimeoutError {
    return isMarked(value, 'TimeoutError');
  }

  static {
    markError(
      TimeoutError,
      'TimeoutError',
      (message, fields, options) =>
        new TimeoutError(message, {
          ...options,
          deadline: stringField(fields, 'deadline'),
          milliseconds: numberField(fields, 'milliseconds'),
        }),
    );
  }
}

/** Constructor options of `EmptyReplyError`. */
export interface EmptyReplyErrorOptions extends CrewErrorOptions {
  /** Token usage of the empty turn, if the provider reported it. */
  readonly turnUsage?: TokenUsage | undefined;
}

/** The model replied with neither text nor a tool call. */
export class EmptyReplyError extends CrewError {
  declare readonly name: 'EmptyReplyError';
  /** Token usage of the empty turn, if the provider reported it. Empty turns are billed, too. */
  readonly turnUsage: TokenUsage | undefined;

  constructor(message: string, options: EmptyReplyErrorOptions = {}) {
    super('EMPTY_REPLY', message, options);
    this.turnUsage = options.turnUsage;
  }

  /** Returns true if the value is an `EmptyReplyError`, even one created by another copy of this package. */
  static override isInstance(value: unknown): value is EmptyReplyError {
    return isMarked(value, 'EmptyReplyError');
  }

  /** Returns the error as JSON, including `turnUsage`, so that a replayed run counts the same tokens. */
  override toJSON(): CrewErrorJson {
    if (this.turnUsage === undefined) return super.toJSON();
    const turnUsage: Record<string, number> = {};
    for (const [name, count] of Object.entries(this.turnUsage)) {
      if (count !== undefined) turnUsage[name] = count;
    }
    return { ...super.toJSON(), turnUsage };
  }

  static {
    markError(
      EmptyReplyError,
      'EmptyReplyError',
      (message, fields, options) =>
        new EmptyReplyError(message, { ...options, turnUsage: parseUsage(fields['turnUsage']) }),
    );
  }
}

/** Returns the token usage from an error's JSON, or undefined if it is not complete. */
function parseUsage(value: JsonValue | undefined): TokenUsage | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const field = (name: string): number | undefined => {
    const count: unknown = Reflect.get(value, name);
    return typeof count === 'number' ? count : undefined;
  };
  const [inputTokens, outputTokens] = [field('inputTokens'), field('outputTokens')];
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens: field('cachedInputTokens'),
    cacheWriteInputTokens: field('cacheWriteInputTokens'),
    reasoningTokens: field('reasoningTokens'),
  };
}

/** Constructor options of `StructuredOutputError`. */
export interface StructuredOutputErrorOptions extends CrewErrorOptions {
  /** Number of times the model was asked. */
  readonly attempts?: number | undefined;
  /** Description of the problems in the last reply. */
  readonly problems?: string | undefined;
}

/** None of the model's replies contained a value that matches the schema. */
export class StructuredOutputError extends CrewError {
  declare readonly name: 'StructuredOutputError';
  /** Number of times the model was asked. */
  readonly attempts: number | undefined;
  /** Description of the problems in the last reply. */
  readonly problems: string | undefined;

  constructor(message: string, options: StructuredOutputErrorOptions = {}) {
    super('STRUCTURED_OUTPUT', message, options);
    this.attempts = options.attempts;
    this.problems = options.problems;
  }

  /** Returns true if the value is a `StructuredOutputError`, even one created by another copy of this package. */
  static override isInstance(value: unknown): value is StructuredOutputError {
    return isMarked(value, 'StructuredOutputError');
  }

  static {
    markError(
      StructuredOutputError,
      'StructuredOutputError',
      (message, fields, options) =>
        new StructuredOutputError(message, {
          ...options,
          attempts: numberField(fields, 'attempts'),
          problems: stringField(fields, 'problems'),
        }),
    );
  }
}

/** Constructor options of `GuardrailError`. */
export interface GuardrailErrorOptions extends CrewErrorOptions {
  /** Feedback of the guardrail on the last output. */
  readonly feedback?: string | undefined;
}

/** A guardrail rejected the output of a task on every attempt. */
export class GuardrailError extends CrewError {
  declare readonly name: 'GuardrailError';
  /** Feedback of the guardrail on the last output. */
  readonly feedback: string | undefined;

  constructor(message: string, options: GuardrailErrorOptions = {}) {
    super('GUARDRAIL', message, options);
    this.feedback = options.feedback;
  }

  /** Returns true if the value is a `GuardrailError`, even one created by another copy of this package. */
  static override isInstance(value: unknown): value is GuardrailError {
    return isMarked(value, 'GuardrailError');
  }

  static {
    markError(
      GuardrailError,
      'GuardrailError',
      (message, fields, options) =>
        new GuardrailError(message, { ...options, feedback: stringField(fields, 'feedback') }),
    );
  }
}

/**
 * The arguments of a tool call are not valid JSON, or do not match the tool's schema. In the tool loop the error becomes
 * a message to the model; only a direct call of `tool.run` throws it.
 *
 * @example
 * ```ts
 * import { tool, ToolInputError } from '@crew/core';
 *
 * const square = tool({
 *   name: 'square',
 *   description: 'Squares a number.',
 *   parameters: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
 *   execute: ({ n }) => Number(n) ** 2,
 * });
 * const context = {
 *   signal: new AbortController().signal,
 *   runId: 'run',
 *   toolCallId: 'call',
 *   authContext: undefined,
 * };
 * try {
 *   await square.run('{"n": "three"}', context);
 * } catch (error) {
 *   if (!ToolInputError.isInstance(error)) throw error;
 *   console.error(error.message);
 * }
 * ```
 */
export class ToolInputError extends CrewError {
  declare readonly name: 'ToolInputError';

  constructor(message: string, options: CrewErrorOptions = {}) {
    super('TOOL_INPUT', message, options);
  }

  /** Returns true if the value is a `ToolInputError`, even one created by another copy of this package. */
  static override isInstance(value: unknown): value is ToolInputError {
    return isMarked(value, 'ToolInputError');
  }

  static {
    markError(ToolInputError, 'ToolInputError', (message, _fields, options) => new ToolInputError(message, options));
  }
}

/** The tool loop ended without an answer: the model kept calling tools after they were withdrawn. */
export class ToolLoopError extends CrewError {
  declare readonly name: 'ToolLoopError';

  constructor(message: string, options: CrewErrorOptions = {}) {
    super('TOOL_LOOP', message, options);
  }

  /** Returns true if the value is a `ToolLoopError`, even one created by another copy of this package. */
  static override isInstance(value: unknown): value is ToolLoopError {
    return isMarked(value, 'ToolLoopError');
  }

  static {
    markError(ToolLoopError, 'ToolLoopError', (message, _fields, options) => new ToolLoopError(message, options));
  }
}
