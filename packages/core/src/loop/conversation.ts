import type { Message, Prompt } from '../messages/message.ts';
import { prepareMessage, prepareMessages } from '../messages/prepare-messages.ts';

/** The messages of a run: frozen copies, growing at the end, and shrinking when a summary takes the place of the rest. */
export class Conversation {
  /** The ids of all tool calls so far: each answer belongs to exactly one. */
  readonly takenIds: Set<string> = new Set();
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
      if (message.role === 'assistant') for (const call of message.toolCalls ?? []) this.takenIds.add(call.id);
    }
  }

  get messages(): readonly Message[] {
    return this.#messages;
  }

  /** The conversation as it is now, for good. */
  snapshot(): readonly Message[] {
    return Object.freeze([...this.#messages]);
  }

  append(message: Message): void {
    this.#messages.push(prepareMessage(message, this.#messages.length));
  }

  /**
   * The conversation in two: what must stay, and the rest. System messages stay, and the task: the last user message
   * that the caller gave, and with `keepFirst` also the first.
   */
  split(keepFirst: boolean): { readonly kept: readonly Message[]; readonly rest: readonly Message[] } {
    const stays = (message: Message): boolean =>
      this.#system.has(message) || message === this.#lastTask || (keepFirst && message === this.#firstTask);
    return { kept: this.#messages.filter(stays), rest: this.#messages.filter(message => !stays(message)) };
  }

  /** Puts one message in the place of everything but `kept`. */
  replaceRest(kept: readonly Message[], summary: Message): void {
    this.#messages = [...kept, prepareMessage(summary, kept.length)];
  }
}
