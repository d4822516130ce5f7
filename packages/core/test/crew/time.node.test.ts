import { Agent, Crew, Task, TimeoutError } from '@crew/core';
import { manualClock } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { ScriptedLLM, untilAborted } from '../scripted-llm.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };

describe('maxRpm of a crew', () => {
  it('limits the requests of all runs and agents together, except for agents with their own limit [C8]', async () => {
    const clock = manualClock();
    const at: Record<'crew' | 'own', number[]> = { crew: [], own: [] };
    const model = (kind: 'crew' | 'own') =>
      new ScriptedLLM(() => {
        at[kind].push(clock.monotonic());
        return 'done';
      });
    const shared = new Agent({ ...persona, llm: model('crew'), clock });
    const fast = new Agent({ ...persona, llm: model('own'), clock, maxRpm: 3 });
    const task = (agent: Agent) =>
      new Task({ description: 'Do it', expectedOutput: 'It', agent, asyncExecution: true });
    const crew = new Crew({ tasks: [task(shared), task(fast), task(shared), task(fast)], maxRpm: 2, clock });
    const runs = Promise.all([crew.kickoff(), crew.kickoff()]);
    await clock.advance(60_000);
    await runs;
    expect(at.crew).toEqual([0, 0, 30_000, 60_000]);
    expect(at.own).toEqual([0, 0, 0, 20_000]);
  });
});

describe('maxExecutionTime in a crew', () => {
  it("fails the agent's task and cancels the others", async () => {
    const clock = manualClock();
    const signals: AbortSignal[] = [];
    const llm = new ScriptedLLM(({ signal }) => {
      signals.push(signal);
      return untilAborted(signal);
    });
    const slow = new Agent({ ...persona, llm, clock });
    const limited = new Agent({ ...persona, role: 'Porter', llm, clock, maxExecutionTime: 1 });
    const make = (agent: Agent) =>
      new Task({ description: 'Do it', expectedOutput: 'It', agent, asyncExecution: true });
    const ended = expect(new Crew({ tasks: [make(slow), make(limited)], clock }).kickoff()).rejects.toBeInstanceOf(
      TimeoutError,
    );
    await clock.advance(1_000);
    await ended;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(clock.sleepers).toBe(0);
  });
});
