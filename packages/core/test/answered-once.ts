import type { Message } from '@crew/core';
import { expect } from 'vitest';

/** Expects that each tool call of the conversation is answered exactly once, right after the message with the call. */
export function expectAnsweredOnce(messages: readonly Message[]): void {
  const ids = messages
    .flatMap(message => (message.role === 'assistant' ? (message.toolCalls ?? []) : []))
    .map(({ id }) => id);
  const answers = messages.flatMap(message => (message.role === 'tool' ? [message.toolCallId] : []));
  expect(answers).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
}
