import type { Generation, StreamPart } from '@crew/core';
import { type DecodeEventsOptions, decodeEvents } from '@crew/core/chat-completions';
import { expect } from 'vitest';
import { bytesOf, inPieces } from './event-bytes.ts';

/** Returns the parts of a stream that arrives in these pieces. */
export function decode(...pieces: readonly (string | Uint8Array)[]): Promise<StreamPart[]> {
  return collect(inPieces(pieces));
}

export async function collect(chunks: AsyncIterable<Uint8Array>, options?: DecodeEventsOptions): Promise<StreamPart[]> {
  const parts: StreamPart[] = [];
  for await (const part of decodeEvents(chunks, options)) parts.push(part);
  return parts;
}

/** Splits a stream into single bytes. */
export function bytewise(stream: string): Uint8Array[] {
  return Array.from(bytesOf(stream), byte => Uint8Array.of(byte));
}

/** Returns the whole turn from the last part. */
export function finish(parts: readonly StreamPart[]): Generation {
  const last = parts.at(-1);
  if (last?.type !== 'finish') throw new Error('the last part is no finish');
  return last.generation;
}

/** Returns the text, which must be the same in the parts and in the whole turn. */
export function text(parts: readonly StreamPart[]): string {
  const whole = finish(parts).text;
  expect(parts.map(part => (part.type === 'text' ? part.text : '')).join('')).toBe(whole);
  return whole;
}

/** Assembles the tool calls from the parts, like a consumer. */
export function fromParts(parts: readonly StreamPart[]): object[] {
  const calls: { id: string; name: string; arguments: string }[] = [];
  for (const part of parts) {
    if (part.type === 'tool-call-start') calls[part.index] = { id: part.id, name: part.name, arguments: '' };
    const call = part.type === 'tool-call-arguments' ? calls[part.index] : undefined;
    if (call !== undefined && part.type === 'tool-call-arguments') call.arguments += part.text;
  }
  return calls;
}

/** Returns the error that the promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
