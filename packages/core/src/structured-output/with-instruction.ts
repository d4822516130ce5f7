import type { Message } from '../messages/message.ts';

/** The conversation with a sentence for the model at its end: in the last message where that is the user's, or as one more. */
export function withInstruction(messages: readonly Message[], instruction: string): readonly Message[] {
  const last = messages.at(-1);
  if (last?.role !== 'user') return [...messages, { role: 'user', content: instruction }];
  const { content } = last;
  const text = `\n\n${instruction}`;
  const extended = typeof content === 'string' ? content + text : [...content, { type: 'text' as const, text }];
  return [...messages.slice(0, -1), { role: 'user', content: extended }];
}
