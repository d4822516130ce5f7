import { joinContent } from '../loop/conversation.ts';
import type { Message, ToolCall } from '../messages/message.ts';
import { prepareMessage } from '../messages/prepare-messages.ts';

type AssistantMessage = Extract<Message, { readonly role: 'assistant' }>;
type ToolMessage = Extract<Message, { readonly role: 'tool' }>;

/** Renders a conversation with tool calls as text, in the form that the model must use. */
export class HistoryRenderer {
  // Cached, because messages never change, and most of them are rendered again for each turn.
  readonly #rendered = new WeakMap<Message, Message>();
  readonly #actions = new WeakMap<AssistantMessage, readonly Message[]>();
  readonly #joined = new WeakMap<Message, { readonly next: Message; readonly message: Message }>();

  /** Returns the messages as text. `labelled` marks plain replies as final answers, so that the model sees only one form. */
  render(messages: readonly Message[], labelled: boolean): readonly Message[] {
    const rendered: Message[] = [];
    const add = (message: Message): void => {
      const last = rendered.at(-1);
      const joined = last && this.#join(last, message);
      if (joined) rendered[rendered.length - 1] = joined;
      else rendered.push(message);
    };
    for (let index = 0; index < messages.length; index += 1) {
      const message = messages[index];
      if (message === undefined) break;
      if (message.role === 'assistant' && message.toolCalls !== undefined) {
        const results = resultsAfter(messages, index);
        for (const part of this.#renderCalls(message, message.toolCalls, results)) add(part);
        index += results.length;
      } else add(this.#renderPlain(message, labelled));
    }
    return rendered;
  }

  /** Renders each call followed by its result, because a reply in the ReAct form has one action. */
  *#renderCalls(
    message: AssistantMessage,
    calls: readonly ToolCall[],
    results: readonly ToolMessage[],
  ): Generator<Message> {
    const actions =
      this.#actions.get(message) ?? calls.map((call, index) => actionMessage(call, index === 0 ? message : undefined));
    this.#actions.set(message, actions);
    const answered = new Set<ToolMessage>();
    const resultOf = new Map<string, ToolMessage>();
    for (const result of results) if (!resultOf.has(result.toolCallId)) resultOf.set(result.toolCallId, result);
    for (const [index, call] of calls.entries()) {
      const action = actions[index];
      if (action) yield action;
      const result = resultOf.get(call.id);
      if (result === undefined) continue;
      answered.add(result);
      yield this.#renderPlain(result, false);
    }
    for (const result of results) if (!answered.has(result)) yield this.#renderPlain(result, false);
  }

  #renderPlain(message: Message, labelled: boolean): Message {
    const isAnswer = message.role === 'assistant' && labelled && !malformed.has(message);
    if (message.role !== 'tool' && !isAnswer) return message;
    let rendered = this.#rendered.get(message);
    if (rendered === undefined) {
      rendered =
        message.role === 'tool'
          ? prepareMessage({ role: 'user', content: `Observation: ${message.content}` }, 0)
          : prepareMessage({ role: 'assistant', content: `Final Answer: ${message.content}` }, 0);
      this.#rendered.set(message, rendered);
    }
    return rendered;
  }

  /** Joins two user messages: many models that need the ReAct form require alternating roles. */
  #join(first: Message, next: Message): Message | undefined {
    if (first.role !== 'user' || next.role !== 'user') return undefined;
    const known = this.#joined.get(first);
    if (known?.next === next) return known.message;
    const message = prepareMessage({ role: 'user', content: joinContent(first.content, next.content) }, 0);
    this.#joined.set(first, { next, message });
    return message;
  }
}

function resultsAfter(messages: readonly Message[], index: number): readonly ToolMessage[] {
  const results: ToolMessage[] = [];
  for (let at = index + 1; at < messages.length; at += 1) {
    const message = messages[at];
    if (message?.role !== 'tool') break;
    results.push(message);
  }
  return results;
}

function actionMessage(call: ToolCall, message: AssistantMessage | undefined): Message {
  const thought = message === undefined || message.content === '' ? '' : `Thought: ${message.content}\n`;
  return prepareMessage(
    { role: 'assistant', content: `${thought}Action: ${call.name}\nAction Input: ${call.arguments}` },
    0,
  );
}

/** Replies that do not follow the form. They are rendered unchanged, and the feedback after them says so. */
const malformed = new WeakSet<Message>();

/** Returns a message with a reply that does not follow the form. */
export function malformedReply(text: string): Message {
  const message = prepareMessage({ role: 'assistant', content: text }, 0);
  malformed.add(message);
  return message;
}
