import type { ServerError } from '../chat-completions/decode-error.ts';
import { isAboutResponseFormat, isContextOverflow, isToolsUnsupported } from '../chat-completions/known-errors.ts';
import { CrewError } from '../errors/crew-error.ts';
import { ContextWindowExceededError, ResponseError } from '../errors/response-errors.ts';
import type { TurnOptions } from '../llm/turn-options.ts';
import { isStepFailure } from './step-failure.ts';

/** What a run can get over: the conversation is too long, the model takes no tools, or not this response format. */
export type Refusal = 'context-overflow' | 'tools' | 'response-format';

/**
 * What a refused request means for the run, given what was in it. Errors of hand-written LLMs are known by their words
 * alone, so that a recorded one means the same when the run is replayed.
 */
export function recogniseRefusal(
  thrown: unknown,
  request: Pick<TurnOptions, 'tools' | 'responseFormat'> = {},
): Refusal | undefined {
  if (isStepFailure(thrown)) return undefined;
  if (ContextWindowExceededError.isInstance(thrown)) return 'context-overflow';
  if (!CrewError.isInstance(thrown) || !['RESPONSE', 'UNEXPECTED'].includes(thrown.code)) return undefined;
  const said = serverError(thrown);
  if (isContextOverflow(said)) return 'context-overflow';
  if (request.responseFormat !== undefined && isAboutResponseFormat(said)) return 'response-format';
  return request.tools !== undefined && isToolsUnsupported(said) ? 'tools' : undefined;
}

function serverError(error: CrewError): ServerError {
  if (!ResponseError.isInstance(error)) {
    return { message: error.message, code: undefined, type: undefined, status: undefined };
  }
  const { serverMessage, serverCode, status, message } = error;
  return { message: serverMessage ?? message, code: serverCode, type: undefined, status };
}
