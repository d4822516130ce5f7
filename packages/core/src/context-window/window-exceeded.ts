import type { CrewError } from '../errors/crew-error.ts';
import { ContextWindowExceededError, ResponseError, responseFields } from '../errors/response-errors.ts';

/** The error for a conversation that cannot be made to fit, with what its owner can do. */
export function windowExceeded(found: {
  /** About how long the conversation is. */
  readonly tokens: number;
  readonly size: number;
  readonly room: number;
  readonly respect: boolean;
  /** What the provider said, where it refused. */
  readonly refusal: CrewError | undefined;
}): ContextWindowExceededError {
  const { tokens, size, room, respect, refusal } = found;
  if (!respect && ContextWindowExceededError.isInstance(refusal)) return refusal;
  const why = respect
    ? 'and what cannot be summarised any further is too long'
    : 'and respectContextWindow is false, so it was not summarised';
  const cause = refusal === undefined ? {} : { cause: refusal };
  return new ContextWindowExceededError(
    `The conversation is about ${tokens} tokens long, ${why}: the model's context window is ${size} tokens, of which ` +
      `${room} are for the answer. Shorten the instructions, the task or the tools' descriptions, let the tools return ` +
      'less, or use a model with a larger context window.',
    ResponseError.isInstance(refusal) ? responseFields(refusal.toJSON(), cause) : cause,
  );
}
