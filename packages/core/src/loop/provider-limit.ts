import type { ServerError } from '../chat-completions/decode-error.ts';
import {
  isAboutResponseFormat,
  isContextOverflow,
  isModelSlip,
  isToolsMissing,
  isToolsUnsupported,
  isUnexplained,
} from '../chat-completions/known-errors.ts';
import { CrewError } from '../errors/crew-error.ts';
import { ContextWindowExceededError, ResponseError } from '../errors/response-errors.ts';
import type { TurnOptions } from '../llm/turn-options.ts';
import type { Message } from '../messages/message.ts';
import { isStepFailure } from './steps.ts';

/**
 * A limit of the provider that a run can work around: the context window, no tools, no response format, or no history with
 * tool calls unless their tools are defined.
 */
export type ProviderLimit = 'context-overflow' | 'tools' | 'response-format' | 'tools-in-history';

/** The parts of a request on which the meaning of an error depends. */
type FailedRequest = Pick<TurnOptions, 'tools' | 'responseFormat'> & {
  readonly messages?: readonly Message[] | undefined;
};

/**
 * Returns the limit of the provider that a request exceeded according to its error, if any. Errors of hand-written LLMs
 * are recognised by their messages alone, so that a recorded error has the same effect when the run is replayed.
 */
export function recogniseLimit(thrown: unknown, request: FailedRequest = {}): ProviderLimit | undefined {
  if (isStepFailure(thrown)) return undefined;
  if (ContextWindowExceededError.isInstance(thrown)) return 'context-overflow';
  if (!CrewError.isInstance(thrown) || !['RESPONSE', 'UNEXPECTED'].includes(thrown.code)) return undefined;
  const error = serverError(thrown);
  if (isModelSlip(error)) return undefined;
  if (isContextOverflow(error)) return 'context-overflow';
  if (request.responseFormat !== undefined && isAboutResponseFormat(error)) return 'response-format';
  if (request.tools === undefined) {
    if (hasToolCalls(request.messages) && isToolsMissing(error)) return 'tools-in-history';
  } else if (isToolsUnsupported(error)) return 'tools';
  // The response format is the most unusual field of a request. Without it the schema is in the prompt.
  return request.responseFormat !== undefined && isUnexplained(error) ? 'response-format' : undefined;
}

/** Returns true if the model wrote something that its own server cannot use. */
export function isSlip(error: CrewError): boolean {
  return ResponseError.isInstance(error) && isModelSlip(serverError(error));
}

function hasToolCalls(messages: readonly Message[] = []): boolean {
  return messages.some(message => message.role === 'tool' || (message.role === 'assistant' && message.toolCalls));
}

function serverError(error: CrewError): ServerError {
  if (!ResponseError.isInstance(error)) {
    return { message: error.message, code: undefined, type: undefined, status: undefined };
  }
  const { serverMessage, serverCode, serverParam, status, message } = error;
  return { message: serverMessage ?? message, code: serverCode, type: undefined, status, param: serverParam };
}
