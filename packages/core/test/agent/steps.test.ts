import { Agent, AuthenticationError, ConnectionError, TimeoutError, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { Journal } from '../journal.ts';
import { callsTo, counted, ScriptedLLM } from '../scripted-llm.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
const task = { description: 'Where are they?', expectedOutput: 'Shelves' };

function library() {
  const runs: string[] = [];
  const find = tool({
    name: 'find',
    description: 'Finds a book.',
    parameters: { type: 'object', properties: { title: { type: 'string' } } },
    execute: ({ title }) => {
      runs.push(String(title));
      if (title === 'Lost') throw new Error('it is lost');
      return { title, shelf: runs.length };
    },
  });
  return { find, runs };
}

/** A model that fails when it is called. */
const silent = new ScriptedLLM([]);

describe('steps of a run', () => {
  it('have stable names for turns, tools and retries', async () => {
    const { find } = library();
    const llm = new ScriptedLLM([
      callsTo(['find', { title: 'Emma' }], ['find', { title: 'Lost' }]),
      new ConnectionError('lost'),
      'Shelf 1.',
    ]);
    const steps = new Journal();
    await new Agent({ ...persona, llm, tools: [find] }).executeTask(task, { steps, stepPrefix: 'mine/' });
    expect(steps.started).toEqual([
      'mine/turn/1',
      'mine/tool/1/1',
      'mine/tool/1/2',
      'mine/turn/2',
      'mine/turn/2/retry/1',
    ]);
    expect(steps.sleeps).toEqual([500]);
    expect(steps.ids).toHaveLength(1);
  });

  it('give the same answer in a replay, without calling the model or running a tool', async () => {
    const { find, runs } = library();
    const llm = new ScriptedLLM([
      callsTo(['find', { title: 'Emma' }], ['find', { title: 'Lost' }]),
      new ConnectionError('lost'),
      callsTo(['find', { title: 'Persuasion' }]),
      counted('Shelves 1 and 3.'),
    ]);
    const first = new Journal();
    const answer = await new Agent({ ...persona, llm, tools: [find] }).executeTask(task, { steps: first });
    const replay = new Journal(first);
    const again = await new Agent({ ...persona, llm: silent, tools: [find] }).executeTask(task, { steps: replay });
    expect(again).toBe(answer);
    expect(replay.performed).toEqual([]);
    expect(replay.started).toEqual(first.started);
    expect(replay.ids).toEqual(first.ids);
    expect(runs).toEqual(['Emma', 'Lost', 'Persuasion']);
    expect(silent.requests).toHaveLength(0);
  });

  it('continue where a crash interrupted the run', async () => {
    const { find, runs } = library();
    const script = [callsTo(['find', { title: 'Emma' }]), counted('Shelf 1.')];
    const first = new Journal();
    const broken = new ScriptedLLM([script[0] ?? '', new AuthenticationError('expired', { status: 401 })]);
    await expect(
      new Agent({ ...persona, llm: broken, tools: [find] }).executeTask(task, { steps: first }),
    ).rejects.toBeInstanceOf(AuthenticationError);
    const recorded = new Map([...first.steps].filter(([name]) => name !== 'turn/2'));
    const rest = new Journal({ steps: recorded, ids: first.ids });
    const llm = new ScriptedLLM([counted('Shelf 1.')]);
    expect(await new Agent({ ...persona, llm, tools: [find] }).executeTask(task, { steps: rest })).toBe('Shelf 1.');
    expect(rest.performed).toEqual(['turn/2']);
    expect(runs).toEqual(['Emma']);
  });

  it('record an expected error as data, so that a replay throws the same class', async () => {
    const failing = new ScriptedLLM([new TimeoutError('late', { deadline: 'total', milliseconds: 5 })]);
    const first = new Journal();
    const options = { ...persona, maxRetryLimit: 0 };
    await expect(new Agent({ ...options, llm: failing }).executeTask(task, { steps: first })).rejects.toThrow('late');
    const replayed = new Agent({ ...options, llm: silent }).executeTask(task, { steps: new Journal(first) });
    await expect(replayed).rejects.toBeInstanceOf(TimeoutError);
    await expect(replayed).rejects.toMatchObject({ deadline: 'total', milliseconds: 5 });
  });

  it('contain only results, not the authContext', async () => {
    const { find } = library();
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Emma' }]), counted('Shelf 1.')]);
    const steps = new Journal();
    const authContext = { tenant: 'planted-secret' };
    await new Agent({ ...persona, llm, tools: [find] }).executeTask(task, { steps, authContext });
    expect(JSON.stringify([...steps.steps])).not.toContain('planted-secret');
    expect(llm.requests.map(request => request.authContext)).toEqual([authContext, authContext]);
  });
});
