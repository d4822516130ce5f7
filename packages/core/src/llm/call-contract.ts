import { separateReasoning } from '../chat-completions/inline-reasoning.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { Message } from '../messages/message.ts';
import type { AssistantTurn } from './turn.ts';

/** Advice on creating a turn from a response, for error messages. */
const DECODE_TURN = 'decodeTurn of @crew/core/chat-completions creates it from a response';

/**
 * Converts the return value of `call()` to a turn. `author` is the name of the class that implements `call()`.
 *
 * @throws {ConfigurationError} if `call()` returned anything except a string or an `AssistantTurn`.
 */
export function toAssistantTurn(reply: unknown, author: string, toolsOffered: boolean): AssistantTurn {
  const isEmpty = reply === undefined || reply === null || reply === '';
  if (isEmpty && toolsOffered) {
    throw new ConfigurationError(
      `${author}.call() returned nothing although tools were offered. When the model answers with tool calls, return ` +
        `an AssistantTurn: { text, toolCalls: [{ id, name, arguments }] } (${DECODE_TURN}). If the provider does not ` +
        'support tool calls, return false from supportsFunctionCalling().',
    );
  }
  if (typeof reply === 'string') return separateReasoning(reply);
  if (!isRecord(reply)) {
    throw new ConfigurationError(`${author}.call() must return a string or an AssistantTurn ({ text, toolCalls? }).`);
  }
  const { text } = reply;
  if (typeof text !== 'string') {
    const found = text === undefined ? 'missing' : text === null ? 'null' : `of type ${typeof text}`;
    throw new ConfigurationError(
      `${author}.call() must return a string or an AssistantTurn ({ text, toolCalls? }), but the text of its turn is ` +
        `${found}. text must be a string: pass '' if the model only calls tools.`,
    );
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
  const { providerData } = reply;
  if (providerData !== undefined && !(isRecord(providerData) && typeof providerData['protocol'] === 'string')) {
    throw new ConfigurationError(
      `${author}.call() returned a providerData that is not { protocol, model?, value } (${DECODE_TURN}).`,
    );
  }
  return withoutInlineReasoning(reply as AssistantTurn);
}

/** The LLM whose `call()` is running, by the messages passed to it. Makes `this.generate()` within `call()` detectable. */
const runningCalls = new WeakMap<readonly Message[], object>();
/** The key of the same LLM in the options passed to `call()`. */
const RUNNING_CALL: unique symbol = Symbol('crew.running-call');

/** Marks the messages as passed to the LLM's `call()`. Returns the marked options for `call()`. */
export function enterCall<T extends object>(llm: object, messages: readonly Message[], options: T): T {
  runningCalls.set(messages, llm);
  return { ...options, [RUNNING_CALL]: llm };
}

/** Removes the mark from the messages. */
export function leaveCall(messages: readonly Message[]): void {
  runningCalls.delete(messages);
}

/**
 * Rejects a method that was called from within the same LLM's `call()`, because that would recurse endlessly.
 *
 * @throws {ConfigurationError}
 */
export function rejectInsideCall(llm: object, method: string, prompt: unknown, options: object): void {
  const hasMarkedMessages = Array.isArray(prompt) && runningCalls.get(prompt) === llm;
  if (hasMarkedMessages || Reflect.get(options, RUNNING_CALL) === llm) {
    throw new ConfigurationError(
      `${llm.constructor.name}.call() called ${method}, which calls call() again and never ends. Send the request to ` +
        'the model in call() itself. runToolLoop(this, ...) is allowed only if call() was not called by generate().',
    );
  }
}

/** Moves reasoning from the text to `reasoning`, unless the author has set that. */
function withoutInlineReasoning(turn: AssistantTurn): AssistantTurn {
  if (turn.reasoning !== undefined) return turn;
  const { text, reasoning } = separateReasoning(turn.text);
  return reasoning === undefined ? turn : { ...turn, text, reasoning };
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
