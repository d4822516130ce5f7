import { CrewError, type CrewErrorOptions, isMarked, markError } from './crew-error.ts';

/**
 * Thrown when the arguments of a tool call are not JSON or do not fit the parameters of the tool. In a tool loop the model
 * receives the message as the result of the call; only a direct call of `tool.run` throws the error.
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

  /** Whether the value is a `ToolInputError`, from whichever copy of this package. */
  static override isInstance(value: unknown): value is ToolInputError {
    return isMarked(value, 'ToolInputError');
  }

  static {
    markError(ToolInputError, 'ToolInputError', (message, _fields, options) => new ToolInputError(message, options));
  }
}
