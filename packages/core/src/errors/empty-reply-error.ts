import type { JsonValue } from '../json.ts';
import type { TokenUsage } from '../llm/turn.ts';
import { CrewError, type CrewErrorJson, type CrewErrorOptions, isMarked, markError } from './crew-error.ts';
import { number } from './json-field.ts';

/** What an `EmptyReplyError` may be given. */
export interface EmptyReplyErrorOptions extends CrewErrorOptions {
  /** Tokens of the empty turn, where the provider reported them. */
  readonly turnUsage?: TokenUsage | undefined;
}

/** The model answered with neither text nor a tool call. */
export class EmptyReplyError extends CrewError {
  declare readonly name: 'EmptyReplyError';
  /** Tokens of the empty turn, where the provider reported them: it is paid for like any other. */
  readonly turnUsage: TokenUsage | undefined;

  constructor(message: string, options: EmptyReplyErrorOptions = {}) {
    super('EMPTY_REPLY', message, options);
    this.turnUsage = options.turnUsage;
  }

  /** Whether the value is an `EmptyReplyError`, from whichever copy of this package. */
  static override isInstance(value: unknown): value is EmptyReplyError {
    return isMarked(value, 'EmptyReplyError');
  }

  /** With the tokens of the turn: a run that is replayed counts them too. */
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
        new EmptyReplyError(message, { ...options, turnUsage: tokenUsage(fields['turnUsage']) }),
    );
  }
}

function tokenUsage(value: JsonValue | undefined): TokenUsage | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const field = (name: string): number | undefined => number(Reflect.get(value, name));
  const [inputTokens, outputTokens] = [field('inputTokens'), field('outputTokens')];
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  const [cachedInputTokens, reasoningTokens] = [field('cachedInputTokens'), field('reasoningTokens')];
  return { inputTokens, outputTokens, cachedInputTokens, reasoningTokens };
}
