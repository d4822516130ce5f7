import { ConnectionError, type Message, runToolLoop } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { ticks } from '../in-flight.ts';
import { Journal } from '../journal.ts';
import { ScriptedLLM } from '../scripted-llm.ts';

/** A conversation whose parts are summarised concurrently. */
const messages: readonly Message[] = [
  ...Array.from({ length: 6 }, (_, index): Message => ({ role: 'user', content: `<${index}> ${'word '.repeat(500)}` })),
  { role: 'user', content: 'Where is Emma?' },
];

/** A model that fails at the first request for each summary, immediately or later. */
function flaky(delays: readonly number[]) {
  let asked = 0;
  return new ScriptedLLM(
    async request => {
      if (!JSON.stringify(request.messages).includes('Reply with the summary only')) return 'Shelf 3.';
      const delay = delays[asked];
      asked += 1;
      if (delay === undefined) return 'It was moved.';
      await ticks(delay);
      throw new ConnectionError(`lost ${delay}`);
    },
    { contextWindow: 2_000 },
  );
}

/** Returns the steps of a run with a limited total number of retries. */
async function stepsOf(delays: readonly number[], retries: number) {
  const steps = new Journal();
  let left = retries;
  const retryTurn = async (): Promise<boolean> => {
    left -= 1;
    return left >= 0;
  };
  const answer = await runToolLoop(flaky(delays), { messages, steps, retryTurn }).then(
    ({ text }) => text,
    (thrown: Error) => thrown.message,
  );
  return { started: steps.started, answer };
}

describe('concurrent failing summaries', () => {
  it.each([
    ['first', [5, 40]],
    ['last', [40, 5]],
  ])('retries failed summaries in order: the first one (failing %s) gets the last retry', async (_when, delays) => {
    const { started, answer } = await stepsOf(delays, 1);
    expect(started.filter(name => name.includes('retry'))).toEqual(['summary/1/1/retry/1']);
    expect(answer).toBe(`lost ${delays[1]}`);
  });

  it('retries every failed summary while retries are left', async () => {
    const early = await stepsOf([5, 20, 40], 3);
    const late = await stepsOf([40, 20, 5], 3);
    expect(late.started).toEqual(early.started);
    expect([early.answer, late.answer]).toEqual(['Shelf 3.', 'Shelf 3.']);
  });
});
