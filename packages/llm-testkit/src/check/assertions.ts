import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { CrewError, type StreamPart } from '@crew/core';

/** A class of errors that a check expects. */
interface ErrorKind {
  readonly name: string;
  isInstance(value: unknown): boolean;
}

/** Resolves to the rejection of the promise. Throws if the promise is fulfilled. */
export async function rejectionOf(promise: Promise<unknown>, when: string): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (thrown) {
    return thrown;
  }
  throw new assert.AssertionError({ message: `Expected an error ${when}, but the call resolved to ${format(value)}.` });
}

/** Asserts that the promise is rejected with an error of the given class, and resolves to that error. */
export async function rejectsWith(kind: ErrorKind, promise: Promise<unknown>, when: string): Promise<CrewError> {
  const thrown = await rejectionOf(promise, when);
  if (CrewError.isInstance(thrown) && kind.isInstance(thrown)) return thrown;
  throw new assert.AssertionError({ message: `Expected a ${kind.name} ${when}, but got ${describe(thrown)}.` });
}

/** Asserts that the promise is rejected with an error of the given class within `PROMPT_MS`. */
export function rejectsPromptly(kind: ErrorKind, promise: Promise<unknown>, when: string): Promise<CrewError> {
  return within(PROMPT_MS, rejectsWith(kind, promise, when), `A ${kind.name} ${when}`);
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : format(thrown);
}

function format(value: unknown): string {
  return inspect(value, { depth: 2, breakLength: 100 }).slice(0, 300);
}

/** Time limit for anything that must happen immediately, in milliseconds. */
export const PROMPT_MS = 2_000;

/** Length of one step of waiting, in milliseconds. */
const STEP = 100;

/**
 * Returns the outcome of the promise, or throws an error with the description of the missing event after the time limit. The time is
 * counted in short steps, so that a process on a busy machine gets more of it and serves its sockets between the steps.
 */
export async function within<T>(milliseconds: number, promise: Promise<T>, event: string): Promise<T> {
  const timer = new AbortController();
  const late = tooLate(milliseconds, timer.signal, event);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

async function tooLate(milliseconds: number, signal: AbortSignal, event: string): Promise<never> {
  for (let passed = 0; passed < milliseconds; passed += STEP) await wait(STEP, undefined, { signal });
  throw new Error(`${event} did not happen within ${milliseconds} ms.`);
}

/** Reads a stream to its end and returns its parts. */
export async function collectParts(stream: AsyncIterable<StreamPart>): Promise<readonly StreamPart[]> {
  const parts: StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}
