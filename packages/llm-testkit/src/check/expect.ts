import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { CrewError } from '@crew/core';
import { PROMPTLY, within } from '../trial/within.ts';

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
