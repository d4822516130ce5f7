import type { ServerError } from '../chat-completions/decode-error.ts';
import { isContextOverflow, isToolsUnsupported } from '../chat-completions/known-errors.ts';
import { ContextWindowExceededError } from '../errors/context-window-exceeded-error.ts';
import { CrewError } from '../errors/crew-error.ts';
import { ResponseError } from '../errors/response-error.ts';

/** What a run can get over: the conversation is too long, or the model takes no tools. */
export type Refusal = 'context-overflow' | 'tools-unsupported';

/**
 * What a failed turn means for the run. Errors of hand-written LLMs are known by their words alone, so that a recorded
 * one means the same when the run is replayed.
 */
export function recogniseRefusal(thrown: unknown): Refusal | undefined {
  if (ContextWindowExceededError.isInstance(thrown)) return 'context-overflow';
  if (!CrewError.isInstance(thrown) || !['RESPONSE', 'UNEXPECTED'].includes(thrown.code)) return undefined;
  const said = serverError(thrown);
  if (isContextOverflow(said)) return 'context-overflow';
  return isToolsUnsupported(said) ? 'tools-unsupported' : undefined;
}

function serverError(error: CrewError): ServerError {
  if (!ResponseError.isInstance(error)) {
    return { message: error.message, code: undefined, type: undefined, status: undefined };
  }
  const { serverMessage, serverCode, status, message } = error;
  return { message: serverMessage ?? message, code: serverCode, type: undefined, status };
}
