import type { ContentPart, Message } from './message.ts';
import { isPrepared } from './prepare-messages.ts';

/** Tokens per message for its role and separators. */
const MESSAGE_OVERHEAD = 4;
/** Tokens per image at the usual resolution. */
const IMAGE_TOKENS = 800;
/** Base64 characters per token of compressed audio, and of a file that is not text. */
const AUDIO_PER_TOKEN = 500;
const FILE_PER_TOKEN = 40;
/** Base64 characters per byte. */
const BASE64_PER_BYTE = 4 / 3;
/** Characters per token of ASCII text. */
const ASCII_PER_TOKEN = 4;

const estimates = new WeakMap<Message, number>();

/** Estimates the number of tokens in the conversation, high rather than low. No tokeniser is loaded. */
export function estimateTokens(messages: readonly Message[]): number {
  let total = 0;
  for (const message of messages) total += estimateMessage(message);
  return total;
}

function estimateMessage(message: Message): number {
  const cached = estimates.get(message);
  if (cached !== undefined) return cached;
  let tokens = MESSAGE_OVERHEAD + estimateContent(message.content);
  if (message.role === 'assistant') {
    for (const call of message.toolCalls ?? []) {
      tokens += MESSAGE_OVERHEAD + estimateText(call.name) + estimateText(call.arguments);
    }
    if (message.providerData !== undefined) tokens += estimateText(JSON.stringify(message.providerData.value));
  }
  if (isPrepared(message)) estimates.set(message, tokens);
  return tokens;
}

function estimateContent(content: string | readonly ContentPart[]): number {
  if (typeof content === 'string') return estimateText(content);
  let tokens = 0;
  for (const part of content) tokens += estimatePart(part);
  return tokens;
}

function estimatePart(part: ContentPart): number {
  switch (part.type) {
    case 'text':
      return estimateText(part.text);
    case 'image':
      return IMAGE_TOKENS;
    case 'audio':
      return Math.ceil(part.data.length / AUDIO_PER_TOKEN);
    case 'file': {
      const perToken = part.mediaType.startsWith('text/') ? ASCII_PER_TOKEN * BASE64_PER_BYTE : FILE_PER_TOKEN;
      return Math.ceil(part.data.length / perToken);
    }
  }
}

/** Estimates the number of tokens in a text: one for four ASCII characters, and one for every other character. */
export function estimateText(text: string): number {
  let wide = 0;
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 127) wide += 1;
  return Math.ceil((text.length - wide) / ASCII_PER_TOKEN) + wide;
}
