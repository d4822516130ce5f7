import { joinContent } from '../loop/instructions.ts';
import type { Message, ToolCall } from '../messages/message.ts';
import { prepareMessage } from '../messages/prepare-messages.ts';

type AssistantMessage = Extract<Message, { readonly role: 'assistant' }>;

/** Replies in no form at all: they stay as the model wrote them, and the feedback that follows says so. */
const malformed = new WeakSet<Message>();

/** A reply that is kept as it is, however it looks. */
export function malformedReply(text: string): Message {
  const message = prepareMessage({ role: 'assistant', content: text }, 0);
  malformed.add(message);
  return message;
}

/** Writes a conversation with tool calls as text, in the form in which the model is to write. */
export class TextHistory {
  /** Messages of a conversation never change, and most of them are written again with each turn. */
  readonly #written = new WeakMap<Message, Message>();
  readonly #actions = new WeakMap<AssistantMessage, readonly Message[]>();
  readonly #joined = new WeakMap<Message, { readonly next: Message; readonly whole: Message }>();

  /** `labelled` marks plain replies as final answers, so that the model sees one form only. */
  write(messages: readonly Message[], labelled: boolean): readonly Message[] {
    const written: Message[] = [];
    const add = (message: Message): void => {
      const last = written.at(-1);
      const whole = last && this.#join(last, message);
      if (whole) written[written.length - 1] = whole;
      else written.push(message);
    };
    for (let index = 0; index < messages.length; index += 1) {
      const message = messages[index];
      if (message === undefined) break;
      if (message.role === 'assistant' && message.toolCalls !== undefined) {
        const results = resultsAfter(messages, index);
        for (const part of this.#exchange(message, message.toolCalls, results)) add(part);
        index += results.length;
      } else add(this.#plain(message, labelled));
    }
    return written;
  }

  /** Each call with its result behind it: in the text form a reply has one action. */
  *#exchange(
    message: AssistantMessage,
    calls: readonly ToolCall[],
    results: readonly ToolMessage[],
  ): Generator<Message> {
    const actions =
      this.#actions.get(message) ?? calls.map((call, index) => action(call, index === 0 ? message : undefined));
    this.#actions.set(message, actions);
    const answered = new Set<ToolMessage>();
    const resultOf = new Map<string, ToolMessage>();
    for (const result of results) if (!resultOf.has(result.toolCallId)) resultOf.set(result.toolCallId, result);
    for (const [index, call] of calls.entries()) {
      const asked = actions[index];
      if (asked) yield asked;
      const result = resultOf.get(call.id);
      if (result === undefined) continue;
      answered.add(result);
      yield this.#plain(result, false);
    }
    for (const result of results) if (!answered.has(result)) yield this.#plain(result, false);
  }

  #plain(message: Message, labelled: boolean): Message {
    const answer = message.role === 'assistant' && labelled && !malformed.has(message);
    if (message.role !== 'tool' && !answer) return message;
    let written = this.#written.get(message);
    if (written === undefined) {
      written =
        message.role === 'tool'
          ? prepareMessage({ role: 'user', content: `Observation: ${message.content}` }, 0)
          : prepareMessage({ role: 'assistant', content: `Final Answer: ${message.content}` }, 0);
      this.#written.set(message, written);
    }
    return written;
  }

  /** Two user messages as one: many models that need the text form are strict about taking turns. */
  #join(first: Message, next: Message): Message | undefined {
    if (first.role !== 'user' || next.role !== 'user') return undefined;
    const known = this.#joined.get(first);
    if (known?.next === next) return known.whole;
    const whole = prepareMessage({ role: 'user', content: joinContent(first.content, next.content) }, 0);
    this.#joined.set(first, { next, whole });
    return whole;
  }
}

type ToolMessage = Extract<Message, { readonly role: 'tool' }>;

function resultsAfter(messages: readonly Message[], index: number): readonly ToolMessage[] {
  const results: ToolMessage[] = [];
  for (let at = index + 1; at < messages.length; at += 1) {
    const message = messages[at];
    if (message?.role !== 'tool') break;
    results.push(message);
  }
  return results;
}

function action(call: ToolCall, message: AssistantMessage | undefined): Message {
  const thought = message === undefined || message.content === '' ? '' : `Thought: ${message.content}\n`;
  return prepareMessage(
    { role: 'assistant', content: `${thought}Action: ${call.name}\nAction Input: ${call.arguments}` },
    0,
  );
}
