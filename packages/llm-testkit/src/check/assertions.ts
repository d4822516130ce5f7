import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { CrewError, type StreamPart } from '@crew/core';

/** A class of errors, as far as a check must know it. */
export interface ErrorKind {
  readonly name: string;
  isInstance(value: unknown): boolean;
}

/** What the promise is rejected with. */
export async function rejection(promise: Promise<unknown>, when: string): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (thrown) {
    return thrown;
  }
  throw new assert.AssertionError({ message: `Expected an error ${when}, but it resolved to ${shown(value)}.` });
}

/** The promise must be rejected with an error of that kind. */
export async function rejectsWith(kind: ErrorKind, promise: Promise<unknown>, when: string): Promise<CrewError> {
  const thrown = await rejection(promise, when);
  if (CrewError.isInstance(thrown) && kind.isInstance(thrown)) return thrown;
  throw new assert.AssertionError({ message: `Expected a ${kind.name} ${when}, but got ${describe(thrown)}.` });
}

/** The same, at once. */
export function rejectsPromptly(kind: ErrorKind, promise: Promise<unknown>, when: string): Promise<CrewError> {
  return within(PROMPTLY, rejectsWith(kind, promise, when), `A ${kind.name} ${when}`);
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : shown(thrown);
}

function shown(value: unknown): string {
  return inspect(value, { depth: 2, breakLength: 100 }).slice(0, 300);
}

/** Time for what has to happen at once, in milliseconds. */
export const PROMPTLY = 2_000;

/** Milliseconds of one step of waiting. */
const STEP = 100;

/**
 * Returns the promise's outcome, or throws an error that names what did not happen in time. The time is counted in short
 * steps: a process that is slowed down by others gets more of it, and serves its sockets between any two steps.
 */
export async function within<T>(milliseconds: number, promise: Promise<T>, what: string): Promise<T> {
  const timer = new AbortController();
  const late = tooLate(milliseconds, timer.signal, what);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

async function tooLate(milliseconds: number, signal: AbortSignal, what: string): Promise<never> {
  for (let passed = 0; passed < milliseconds; passed += STEP) await wait(STEP, undefined, { signal });
  throw new Error(`${what} did not happen within ${milliseconds} ms.`);
}

/** Every part of a stream that is read to its end. */
export async function partsOf(stream: AsyncIterable<StreamPart>): Promise<readonly StreamPart[]> {
  const parts: StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}
