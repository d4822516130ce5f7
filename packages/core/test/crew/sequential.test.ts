import { AbortError, type CrewEvent } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { counted, ScriptedLLM, untilAborted } from '../scripted-llm.ts';
import { contextOf, crewWith, echo } from './crew-with.ts';

describe('sequential crew', () => {
  it('executes its tasks in order and returns the last output and all outputs', async () => {
    const output = await crewWith(echo(), task => [task('A'), task('B'), task('C')]).kickoff();
    expect(`${output}`).toBe('C done');
    expect(output.raw).toBe('C done');
    expect(output.tasks.map(String)).toEqual(['A done', 'B done', 'C done']);
    expect(output.usage).toEqual({ inputTokens: 30, outputTokens: 3 });
  });

  it("calls its own and its caller's callbacks, in one tree of spans", async () => {
    const own: CrewEvent[] = [];
    const given: CrewEvent[] = [];
    const crew = crewWith(echo(), task => [task('A'), task('B')], {
      name: 'Readers',
      callbacks: [event => void own.push(event)],
    });
    await crew.kickoff({ callbacks: [event => void given.push(event)] });
    expect(given).toEqual(own);
    const one = ['task-start', 'agent-start', 'turn-start', 'turn-finish', 'agent-finish', 'task-finish'];
    expect(own.map(({ type }) => type)).toEqual(['crew-start', ...one, ...one, 'crew-finish']);
    expect(own[0]).toMatchObject({ name: 'Readers', parentId: undefined });
    for (const event of own.filter(({ type }) => type.startsWith('task-'))) expect(event.parentId).toBe(own[0]?.runId);
    expect(own.at(-1)).toMatchObject({ output: 'B done', usage: { inputTokens: 20, outputTokens: 2 } });
  });

  it('streams its events, deltas included', async () => {
    const types: string[] = [];
    let last: CrewEvent | undefined;
    for await (const event of crewWith(echo(), task => [task('A'), task('B')]).stream()) {
      types.push(event.type);
      last = event;
    }
    expect(types.filter(type => type === 'turn-delta')).toHaveLength(4);
    expect(last).toMatchObject({ type: 'crew-finish', output: 'B done' });
  });

  it('is cancelled when its stream is left', async () => {
    let seen: AbortSignal | undefined;
    const llm = new ScriptedLLM(({ signal }) => {
      seen = signal;
      return untilAborted(signal);
    });
    for await (const event of crewWith(llm, task => [task('A')]).stream()) if (event.type === 'turn-start') break;
    expect(seen?.aborted).toBe(true);
  });

  it('stops at the first task that fails', async () => {
    const llm = new ScriptedLLM([counted('A done'), new Error('no line')]);
    const events: string[] = [];
    const crew = crewWith(llm, task => [task('A'), task('B'), task('C')]);
    await expect(crew.kickoff({ callbacks: [event => void events.push(event.type)] })).rejects.toThrow('no line');
    expect(llm.requests).toHaveLength(2);
    expect(events.slice(-3)).toEqual(['agent-error', 'task-error', 'crew-error']);
  });

  it('passes signal and authContext on', async () => {
    const llm = echo();
    const authContext = { tenant: 'a' };
    await crewWith(llm, task => [task('A'), task('B')]).kickoff({ authContext });
    expect(llm.requests.every(request => request.authContext === authContext)).toBe(true);
    const run = crewWith(llm, task => [task('A')]).kickoff({ signal: AbortSignal.abort() });
    await expect(run).rejects.toBeInstanceOf(AbortError);
    expect(llm.requests).toHaveLength(2);
  });

  it('can run again after its end', async () => {
    const llm = echo();
    const crew = crewWith(llm, task => [task('A'), task('B')]);
    const [first, second] = [await crew.kickoff(), await crew.kickoff()];
    expect(second).toEqual(first);
    expect(llm.requests[2]?.messages).toEqual(llm.requests[0]?.messages);
  });
});

describe('context of a task', () => {
  it('contains all earlier outputs with a visible divider by default', async () => {
    const llm = echo();
    await crewWith(llm, task => [task('A'), task('B'), task('C')]).kickoff();
    expect(contextOf(llm, 'A')).toBeUndefined();
    expect(contextOf(llm, 'B')).toBe('A done');
    expect(contextOf(llm, 'C')).toBe('A done\n\n----------\n\nB done');
  });

  it('is empty with an empty list', async () => {
    const llm = echo();
    await crewWith(llm, task => [task('A'), task('B', { context: [] })]).kickoff();
    expect(contextOf(llm, 'B')).toBeUndefined();
  });

  it('contains the outputs of a list, in the order of the list', async () => {
    const llm = echo();
    await crewWith(llm, task => {
      const [a, b, c] = [task('A'), task('B'), task('C')];
      return [a, b, c, task('D', { context: [c, a] })];
    }).kickoff();
    expect(contextOf(llm, 'D')).toBe('C done\n\n----------\n\nA done');
  });
});
