import { ConfigurationError } from '../errors/configuration-error.ts';
import type { AssistantTurn, Generation } from './turn.ts';

/** How a turn comes out of a response without writing it by hand. */
const DECODE_TURN = 'decodeTurn of @crew/core/chat-completions makes it from a response';

/** What `call()` returned, as a turn. `author` names the class whose `call()` it was. */
export function toAssistantTurn(reply: unknown, author: string, toolsOffered: boolean): AssistantTurn {
  const nothing = reply === undefined || reply === null || reply === '';
  if (nothing && toolsOffered) {
    throw new ConfigurationError(
      `${author}.call() returned nothing although tools were offered. When the model answers with tool calls, return ` +
        `an AssistantTurn: { text, toolCalls: [{ id, name, arguments }] } (${DECODE_TURN}). If the provider has no ` +
        'tool calls, let supportsFunctionCalling() return false.',
    );
  }
  if (typeof reply === 'string') return { text: reply };
  if (!isRecord(reply) || typeof reply['text'] !== 'string') {
    throw new ConfigurationError(`${author}.call() must return a string or an AssistantTurn ({ text, toolCalls? }).`);
  }
  const { toolCalls, usage } = reply;
  if (toolCalls !== undefined && !(Array.isArray(toolCalls) && toolCalls.every(isToolCall))) {
    throw new ConfigurationError(
      `${author}.call() returned toolCalls that are not a list of { id, name, arguments }, each a string (${DECODE_TURN}).`,
    );
  }
  if (usage !== undefined && !isUsage(usage)) {
    throw new ConfigurationError(
      `${author}.call() returned a usage that is not { inputTokens, outputTokens }, each a number (${DECODE_TURN}).`,
    );
  }
  return reply as AssistantTurn;
}

/** A turn with its defaults filled in. */
export function toGeneration(turn: AssistantTurn): Generation {
  const { text, reasoning, toolCalls = [], usage, model, requestId } = turn;
  const finishReason = turn.finishReason ?? (toolCalls.length > 0 ? 'tool-calls' : 'unknown');
  return { text, reasoning, toolCalls, finishReason, usage, model, requestId };
}

function isToolCall(value: unknown): boolean {
  return isRecord(value) && ['id', 'name', 'arguments'].every(field => typeof value[field] === 'string');
}

function isUsage(value: unknown): boolean {
  return isRecord(value) && ['inputTokens', 'outputTokens'].every(field => Number.isFinite(value[field]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
