import { AbortError, type Task, type TaskOptions } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { turns } from '../event-loop.ts';
import { Journal } from '../journal.ts';
import { counted, ScriptedLLM, untilAborted } from '../scripted-llm.ts';
import { contextOf, crewWith, taskOf } from './crew-with.ts';

describe('asynchronous task', () => {
  /** Returns a model that answers a task when the test opens its gate. */
  function gated() {
    const gates = new Map<string, PromiseWithResolvers<void>>();
    const gate = (description: string) => {
      const known = gates.get(description) ?? Promise.withResolvers<void>();
      gates.set(description, known);
      return known;
    };
    const llm = new ScriptedLLM(async request => {
      const description = taskOf(request);
      await Promise.race([gate(description).promise, untilAborted(request.signal)]);
      return counted(`${description} done`);
    });
    const asked = () => llm.requests.map(taskOf);
    return { llm, asked, open: (...descriptions: string[]) => descriptions.forEach(name => void gate(name).resolve()) };
  }

  it('lets the next task start', async () => {
    const { llm, asked, open } = gated();
    const run = crewWith(llm, task => [
      task('A', { asyncExecution: true }),
      task('B', { asyncExecution: true }),
      task('C', { context: [] }),
    ]).kickoff();
    await turns();
    expect(asked()).toEqual(['A', 'B', 'C']);
    open('C', 'B', 'A');
    expect((await run).tasks.map(String)).toEqual(['A done', 'B done', 'C done']);
  });

  it('ends before the first task that receives its output by default', async () => {
    const { llm, asked, open } = gated();
    const run = crewWith(llm, task => [task('A', { asyncExecution: true }), task('B')]).kickoff();
    await turns();
    expect(asked()).toEqual(['A']);
    open('A', 'B');
    await run;
    expect(contextOf(llm, 'B')).toBe('A done');
  });

  it('ends before the first task that lists it as context, while others continue', async () => {
    const { llm, asked, open } = gated();
    const run = crewWith(llm, task => {
      const a = task('A', { asyncExecution: true });
      const b = task('B', { asyncExecution: true });
      return [a, b, task('C', { context: [b] })];
    }).kickoff();
    await turns();
    open('B');
    await turns();
    expect(asked()).toEqual(['A', 'B', 'C']);
    expect(contextOf(llm, 'C')).toBe('B done');
    open('A', 'C');
    expect(`${await run}`).toBe('C done');
  });

  it('ends before the crew does; no output is dropped', async () => {
    const { llm, open } = gated();
    const run = crewWith(llm, task => [task('A'), task('B', { asyncExecution: true })]).kickoff();
    open('A');
    await turns();
    open('B');
    const output = await run;
    expect(`${output}`).toBe('B done');
    expect(output.usage).toEqual({ inputTokens: 20, outputTokens: 2 });
  });

  it('receives the outputs that were certain when it started, whichever task finishes first', async () => {
    const { llm, open } = gated();
    const run = crewWith(llm, task => [
      task('A'),
      task('B', { asyncExecution: true }),
      task('C', { asyncExecution: true }),
      task('D'),
      task('E', { asyncExecution: true }),
    ]).kickoff();
    open('A', 'B');
    await turns();
    open('C', 'D', 'E');
    await run;
    expect(contextOf(llm, 'B')).toBe('A done');
    expect(contextOf(llm, 'C')).toBe('A done');
    expect(contextOf(llm, 'D')).toBe(['A done', 'B done', 'C done'].join('\n\n----------\n\n'));
    expect(contextOf(llm, 'E')).toBe(['A done', 'B done', 'C done', 'D done'].join('\n\n----------\n\n'));
  });

  it('waits for the asynchronous tasks in its own context', async () => {
    const { llm, asked, open } = gated();
    const run = crewWith(llm, task => {
      const a = task('A', { asyncExecution: true });
      return [a, task('B', { asyncExecution: true, context: [a] }), task('C', { context: [] })];
    }).kickoff();
    await turns();
    expect(asked()).toEqual(['A', 'C']);
    open('A', 'B', 'C');
    await run;
    expect(contextOf(llm, 'B')).toBe('A done');
  });

  it('cancels the others by failing, and the crew throws its error', async () => {
    let cancelled: AbortSignal | undefined;
    const llm = new ScriptedLLM(async request => {
      if (taskOf(request) === 'A') throw new Error('no line');
      cancelled = request.signal;
      return untilAborted(request.signal);
    });
    const crew = crewWith(llm, task => [task('A', { asyncExecution: true }), task('B', { context: [] }), task('C')]);
    await expect(crew.kickoff()).rejects.toThrow('The model turn failed: no line');
    expect(cancelled === undefined || cancelled.aborted).toBe(true);
    expect(llm.requests.map(taskOf)).not.toContain('C');
  });

  it('is cancelled when a later task fails', async () => {
    let seen: AbortSignal | undefined;
    const llm = new ScriptedLLM(async request => {
      if (taskOf(request) === 'B') throw new Error('no line');
      seen = request.signal;
      return untilAborted(request.signal);
    });
    const crew = crewWith(llm, task => [task('A', { asyncExecution: true }), task('B', { context: [] })]);
    const error = await crew.kickoff().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^Task "B" \(agent "Librarian"\) failed: The model turn failed: no line$/),
    });
    expect(seen?.reason).toBeInstanceOf(AbortError);
  });

  it('gives the same result in a replay, whichever finished first', async () => {
    const { llm, open } = gated();
    const make = (task: (description: string, options?: Partial<TaskOptions>) => Task) => [
      task('A', { asyncExecution: true }),
      task('B', { asyncExecution: true }),
      task('C'),
    ];
    const first = new Journal();
    const run = crewWith(llm, make).kickoff({ steps: first });
    await turns();
    open('B');
    await turns();
    open('A', 'C');
    const output = await run;
    const replay = new Journal(first);
    expect(await crewWith(new ScriptedLLM([]), make).kickoff({ steps: replay })).toEqual(output);
    expect(replay.performed).toEqual([]);
    expect(first.started).toEqual(['task/1/turn/1', 'task/2/turn/1', 'task/3/turn/1']);
  });
});
