import type { ContentPart, Message } from './message.ts';
import { isPrepared } from './prepare-messages.ts';

/** Role, separators and the like, per message. */
const MESSAGE_OVERHEAD = 4;
/** What one image costs at the usual resolution. */
const IMAGE_TOKENS = 800;
/** ASCII text: about four characters a token. */
const ASCII_PER_TOKEN = 4;

const estimates = new WeakMap<Message, number>();

/** About how many tokens the conversation is, on the high side rather than the low. No tokeniser is loaded. */
export function estimateTokens(messages: readonly Message[]): number {
  let total = 0;
  for (const message of messages) total += estimateMessage(message);
  return total;
}

function estimateMessage(message: Message): number {
  const known = estimates.get(message);
  if (known !== undefined) return known;
  let tokens = MESSAGE_OVERHEAD + estimateContent(message.content);
  if (message.role === 'assistant') {
    for (const call of message.toolCalls ?? []) {
      tokens += MESSAGE_OVERHEAD + estimateText(call.name) + estimateText(call.arguments);
    }
  }
  if (isPrepared(message)) estimates.set(message, tokens);
  return tokens;
}

function estimateContent(content: string | readonly ContentPart[]): number {
  if (typeof content === 'string') return estimateText(content);
  let tokens = 0;
  for (const part of content) tokens += part.type === 'text' ? estimateText(part.text) : IMAGE_TOKENS;
  return tokens;
}

/** Text outside ASCII costs up to a token per character. */
export function estimateText(text: string): number {
  let wide = 0;
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 127) wide += 1;
  return Math.ceil((text.length - wide) / ASCII_PER_TOKEN) + wide;
}
