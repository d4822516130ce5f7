import type { ContentPart, Message, Prompt } from '../messages/message.ts';
import { prepareMessage, prepareMessages } from '../messages/prepare-messages.ts';

/** The messages of a run, as frozen copies. Messages are appended; a summary can replace earlier ones. */
export class Conversation {
  /** The ids of all tool calls so far. Each result belongs to exactly one. */
  readonly callIds: Set<string> = new Set();
  readonly #system: ReadonlySet<Message>;
  readonly #firstTask: Message | undefined;
  readonly #lastTask: Message | undefined;
  #messages: Message[];

  constructor(prompt: Prompt) {
    this.#messages = [...prepareMessages(prompt)];
    this.#system = new Set(this.#messages.filter(message => message.role === 'system'));
    this.#firstTask = this.#messages.find(message => message.role === 'user');
    this.#lastTask = this.#messages.findLast(message => message.role === 'user');
    for (const message of this.#messages) {
      if (message.role === 'assistant') for (const call of message.toolCalls ?? []) this.callIds.add(call.id);
    }
  }

  /** The current messages. The list changes in place. */
  get messages(): readonly Message[] {
    return this.#messages;
  }

  /** Returns a frozen list of the current messages. */
  snapshot(): readonly Message[] {
    return Object.freeze([...this.#messages]);
  }

  append(message: Message): void {
    const prepared = prepareMessage(message, this.#messages.length);
    addedByCrew.add(prepared);
    this.#messages.push(prepared);
  }

  /**
   * Divides the conversation into the messages that must stay and those that may be summarised. System messages stay, and
   * so does the task: the last user message of the prompt, and with `keepFirst` also the first.
   */
  divide(keepFirst: boolean): DividedConversation {
    const isFixed = (message: Message): boolean =>
      this.#system.has(message) || message === this.#lastTask || (keepFirst && message === this.#firstTask);
    return {
      fixed: this.#messages.filter(isFixed),
      summarisable: this.#messages.filter(message => !isFixed(message)),
    };
  }

  /** Replaces everything but the fixed messages by a summary. */
  replaceBySummary(fixed: readonly Message[], summary: Message): void {
    this.#messages = [...fixed, prepareMessage(summary, fixed.length)];
    // Messages that were apart are now neighbours.
    for (const message of this.#messages) addedByCrew.add(message);
  }
}

/** Messages that Crew added or moved. Those of the caller stay as they are. */
const addedByCrew = new WeakSet<Message>();

/** Messages that stand between two others. Some providers refuse an empty text. */
const AFTER_RESULTS: Message = prepareMessage({ role: 'assistant', content: 'I have the results.' }, 0);
const AFTER_USER: Message = prepareMessage({ role: 'assistant', content: 'Understood.' }, 0);

/** Returns the messages and one that Crew adds for a single request. */
export function withRequest(messages: readonly Message[], request: Message): readonly Message[] {
  addedByCrew.add(request);
  return [...messages, request];
}

/**
 * Returns the messages in an order of roles that strict providers accept. A user message never follows the result of a tool
 * directly (Mistral), and one that Crew added never follows another user message (chat templates that require alternating
 * roles): a short message of the assistant stands between them. Returns the same list if nothing is to be done.
 */
export function inStrictOrder(messages: readonly Message[]): readonly Message[] {
  if (!messages.some((message, index) => separator(messages[index - 1], message))) return messages;
  return messages.flatMap((message, index) => {
    const between = separator(messages[index - 1], message);
    return between === undefined ? [message] : [between, message];
  });
}

function separator(last: Message | undefined, message: Message): Message | undefined {
  if (message.role !== 'user') return undefined;
  if (last?.role === 'tool') return AFTER_RESULTS;
  return last?.role === 'user' && addedByCrew.has(message) ? AFTER_USER : undefined;
}

/** The messages that must stay in a conversation, and those that may be summarised. */
export interface DividedConversation {
  readonly fixed: readonly Message[];
  readonly summarisable: readonly Message[];
}

type UserContent = string | readonly ContentPart[];

/**
 * Adds instructions to the messages of a request. An unchanged message with unchanged instructions gives the same object,
 * so that values cached for it stay valid.
 */
export class InstructionInserter {
  #last: { readonly base: Message; readonly text: string; readonly message: Message } | undefined;

  /** Adds the text to the system message or, since not every model supports one, before the first user message. */
  insert(messages: readonly Message[], text: string): readonly Message[] {
    const systemIndex = messages.findIndex(({ role }) => role === 'system');
    const index = systemIndex === -1 ? messages.findIndex(({ role }) => role === 'user') : systemIndex;
    const base = messages[index];
    if (base === undefined) return [prepareMessage({ role: 'user', content: text }, 0), ...messages];
    const last = this.#last;
    const message = last?.base === base && last.text === text ? last.message : withInstructions(base, text);
    this.#last = { base, text, message };
    return messages.with(index, message);
  }
}

function withInstructions(base: Message, text: string): Message {
  if (base.role === 'user') return prepareMessage({ role: 'user', content: joinContent(text, base.content) }, 0);
  return prepareMessage({ role: 'system', content: `${base.content}\n\n${text}` }, 0);
}

/** Joins the contents of two user messages. */
export function joinContent(first: UserContent, second: UserContent): UserContent {
  if (typeof first === 'string' && typeof second === 'string') return `${first}\n\n${second}`;
  return [...toParts(first), ...toParts(second)];
}

function toParts(content: UserContent): readonly ContentPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}
