import type { ContentPart, Message } from '../messages/message.ts';
import { prepareMessage } from '../messages/prepare-messages.ts';

type UserContent = string | readonly ContentPart[];

/** Puts a run's instructions into its requests: the same message with each turn, so that what is cached for it holds. */
export class Instructions {
  #last: { readonly base: Message; readonly text: string; readonly message: Message } | undefined;

  /** The messages with the text in the system message; or, since not every model has one, before the first question. */
  into(messages: readonly Message[], text: string): readonly Message[] {
    const index = messages.findIndex(({ role }) => role === 'system');
    const at = index === -1 ? messages.findIndex(({ role }) => role === 'user') : index;
    const base = messages[at];
    if (base === undefined) return [prepareMessage({ role: 'user', content: text }, 0), ...messages];
    const last = this.#last;
    const message = last?.base === base && last.text === text ? last.message : instructed(base, text);
    this.#last = { base, text, message };
    return messages.with(at, message);
  }
}

function instructed(base: Message, text: string): Message {
  if (base.role === 'user') return prepareMessage({ role: 'user', content: joinContent(text, base.content) }, 0);
  return prepareMessage({ role: 'system', content: `${base.content}\n\n${text}` }, 0);
}

/** What a user said, twice, as one message. */
export function joinContent(first: UserContent, second: UserContent): UserContent {
  if (typeof first === 'string' && typeof second === 'string') return `${first}\n\n${second}`;
  return [...parts(first), ...parts(second)];
}

function parts(content: UserContent): readonly ContentPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}
