import { Agent, TimeoutError, tool } from '@crew/core';
import { manualClock } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { callsTo, ScriptedLLM, untilAborted } from '../scripted-llm.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
const task = { description: 'Where is Emma?', expectedOutput: 'A shelf' };

describe('maxExecutionTime', () => {
  it('maxExecutionTime cancels the request in flight after that many seconds', async () => {
    const clock = manualClock();
    let seen: AbortSignal | undefined;
    const llm = new ScriptedLLM(({ signal }) => {
      seen = signal;
      return untilAborted(signal);
    });
    const run = new Agent({ ...persona, llm, maxExecutionTime: 2, clock }).executeTask(task);
    const ended = expect(run).rejects.toMatchObject({
      name: 'TimeoutError',
      deadline: 'execution',
      milliseconds: 2_000,
      message: 'Agent "Librarian" took longer than its maxExecutionTime of 2 s.',
    });
    await clock.advance(1_999);
    expect(seen?.aborted).toBe(false);
    await clock.advance(1);
    await ended;
    expect(seen?.aborted).toBe(true);
    expect(llm.requests).toHaveLength(1);
  });

  it('maxExecutionTime cancels a tool, even one that ignores its signal', async () => {
    const clock = manualClock();
    let seen: AbortSignal | undefined;
    const hang = tool({
      name: 'hang',
      description: 'Never returns.',
      parameters: { type: 'object' },
      execute: (_input, { signal }) => {
        seen = signal;
        return new Promise(() => undefined);
      },
    });
    const llm = new ScriptedLLM([callsTo(['hang', {}])]);
    const run = new Agent({ ...persona, llm, tools: [hang], maxExecutionTime: 1, clock }).executeTask(task);
    const ended = expect(run).rejects.toBeInstanceOf(TimeoutError);
    await clock.advance(1_000);
    await ended;
    expect(seen?.aborted).toBe(true);
  });

  it('maxExecutionTime leaves no timer behind', async () => {
    const clock = manualClock();
    const agent = new Agent({ ...persona, llm: new ScriptedLLM(['Shelf 3.']), maxExecutionTime: 2, clock });
    await agent.executeTask(task);
    await clock.advance(0);
    expect(clock.sleepers).toBe(0);
  });

  it('maxExecutionTime applies to each run', async () => {
    const clock = manualClock();
    const llm = new ScriptedLLM(async ({ signal }) => {
      await clock.sleep(700, signal);
      return 'Shelf 3.';
    });
    const agent = new Agent({ ...persona, llm, maxExecutionTime: 1, clock });
    for (let run = 0; run < 3; run += 1) {
      const answer = agent.executeTask(task);
      await clock.advance(700);
      expect(await answer).toBe('Shelf 3.');
    }
  });
});

describe('maxRpm', () => {
  it('starts a burst up to the limit at once, and then spaces the requests of all runs of the agent evenly [C8]', async () => {
    const clock = manualClock();
    const at: number[] = [];
    const llm = new ScriptedLLM(() => {
      at.push(clock.monotonic());
      return 'Shelf 3.';
    });
    const agent = new Agent({ ...persona, llm, maxRpm: 3, clock });
    const runs = Promise.all(Array.from({ length: 5 }, () => agent.executeTask(task)));
    await clock.advance(40_000);
    await runs;
    expect(at).toEqual([0, 0, 0, 20_000, 40_000]);
  });

  it('does not delay the cancellation of a waiting run', async () => {
    const clock = manualClock();
    const agent = new Agent({ ...persona, llm: new ScriptedLLM(['one', 'two']), maxRpm: 1, clock });
    expect(await agent.executeTask(task)).toBe('one');
    const controller = new AbortController();
    const waiting = expect(agent.executeTask(task, { signal: controller.signal })).rejects.toThrow(/cancelled/);
    await clock.whenSleeping();
    controller.abort();
    await waiting;
    expect(clock.sleepers).toBe(0);
  });
});
