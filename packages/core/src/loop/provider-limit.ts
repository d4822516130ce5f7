import type { ServerError } from '../chat-completions/decode-error.ts';
import { isAboutResponseFormat, isContextOverflow, isToolsUnsupported } from '../chat-completions/known-errors.ts';
import { CrewError } from '../errors/crew-error.ts';
import { ContextWindowExceededError, ResponseError } from '../errors/response-errors.ts';
import type { TurnOptions } from '../llm/turn-options.ts';
import { isStepFailure } from './steps.ts';

/** A limit of the provider that a run can work around: the context window, no tools, or no response format. */
export type ProviderLimit = 'context-overflow' | 'tools' | 'response-format';

/**
 * Returns the limit of the provider that a request exceeded according to its error, if any. Errors of hand-written LLMs
 * are recognised by their messages alone, so that a recorded error has the same effect when the run is replayed.
 */
export function recogniseLimit(
  thrown: unknown,
  request: Pick<TurnOptions, 'tools' | 'responseFormat'> = {},
): ProviderLimit | undefined {
  if (isStepFailure(thrown)) return undefined;
  if (ContextWindowExceededError.isInstance(thrown)) return 'context-overflow';
  if (!CrewError.isInstance(thrown) || !['RESPONSE', 'UNEXPECTED'].includes(thrown.code)) return undefined;
  const error = serverError(thrown);
  if (isContextOverflow(error)) return 'context-overflow';
  if (request.responseFormat !== undefined && isAboutResponseFormat(error)) return 'response-format';
  return request.tools !== undefined && isToolsUnsupported(error) ? 'tools' : undefined;
}

function serverError(error: CrewError): ServerError {
  if (!ResponseError.isInstance(error)) {
    return { message: error.message, code: undefined, type: undefined, status: undefined };
  }
  const { serverMessage, serverCode, serverParam, status, message } = error;
  return { message: serverMessage ?? message, code: serverCode, type: undefined, status, param: serverParam };
}
