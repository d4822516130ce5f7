import type { TaskOutput } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { contextOf, crewWith, echo } from './crew-with.ts';

describe('condition in a crew', () => {
  it('receives the output before it, and skips the task', async () => {
    const llm = echo();
    const asked: (TaskOutput | undefined)[] = [];
    const events: string[] = [];
    const output = await crewWith(llm, task => [
      task('A'),
      task('B', { condition: previous => asked.push(previous) === 0 }),
      task('C', { condition: async previous => asked.push(previous) > 0 }),
      task('D'),
    ]).kickoff({ callbacks: [event => void events.push(event.type)] });
    expect(asked.map(String)).toEqual(['A done', 'A done']);
    expect(output.tasks.map(({ skipped }) => skipped)).toEqual([false, true, false, false]);
    expect(contextOf(llm, 'D')).toBe('A done\n\n----------\n\nC done');
    expect(events.filter(type => type === 'task-skip')).toHaveLength(1);
  });

  it('receives undefined in the first task', async () => {
    let asked: unknown = 'not asked';
    await crewWith(echo(), task => [
      task('A', {
        condition: previous => {
          asked = previous;
          return true;
        },
      }),
    ]).kickoff();
    expect(asked).toBeUndefined();
  });

  it('keeps the output before the last task when it skips that task', async () => {
    const output = await crewWith(echo(), task => [task('A'), task('B', { condition: () => false })]).kickoff();
    expect(output.raw).toBe('A done');
    expect(output.tasks).toHaveLength(2);
  });

  it('waits for an asynchronous task before it', async () => {
    let asked: string | undefined;
    await crewWith(echo(), task => [
      task('A', { asyncExecution: true }),
      task('B', {
        asyncExecution: true,
        condition: previous => {
          asked = previous?.raw;
          return true;
        },
      }),
    ]).kickoff();
    expect(asked).toBe('A done');
  });

  it('fails the crew by throwing', async () => {
    const crew = crewWith(echo(), task => [
      task('A', {
        condition: () => {
          throw new Error('no idea');
        },
      }),
    ]);
    await expect(crew.kickoff()).rejects.toThrow('The condition of task "A" failed: no idea');
  });
});
