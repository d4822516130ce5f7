import { CrewError, type CrewEvent, type TaskOptions, TaskOutput } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { Journal } from '../journal.ts';
import { counted, lastText } from '../scripted-llm.ts';
import { makeTask } from './make-task.ts';
import { memoryFiles } from './memory-files.ts';

describe('Task.execute', () => {
  it('runs the agent and resolves to a TaskOutput', async () => {
    const { task } = makeTask([counted('Shelf 3.')]);
    const output = await task.execute();
    expect(output).toBeInstanceOf(TaskOutput);
    expect(`${output}`).toBe('Shelf 3.');
    expect(output).toMatchObject({
      name: 'Where is Emma?',
      raw: 'Shelf 3.',
      json: undefined,
      parsed: undefined,
      usage: { inputTokens: 10, outputTokens: 1 },
      skipped: false,
    });
    expect(output.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant']);
  });

  it('passes the context to the agent', async () => {
    const { task, llm } = makeTask(['Shelf 3.']);
    await task.execute({ context: 'Emma was moved.' });
    expect(lastText(llm.requests[0])).toContain("This is the context you're working with:\nEmma was moved.");
  });

  it('fills in inputs, and leaves braces unchanged without inputs', async () => {
    const { task, llm } = makeTask(['one', 'two'], { description: 'Where is {book}?' });
    await task.execute({ inputs: { book: 'Emma' } });
    await task.execute();
    expect(lastText(llm.requests[0])).toContain('Where is Emma?');
    expect(lastText(llm.requests[1])).toContain('Where is {book}?');
  });

  it('emits events of the task and its agent as spans', async () => {
    const { task } = makeTask([counted('Shelf 3.')]);
    const events: CrewEvent[] = [];
    await task.execute({ callbacks: [event => void events.push(event)] });
    expect(events.map(({ type }) => type)).toEqual([
      ...['task-start', 'agent-start', 'turn-start', 'turn-finish', 'agent-finish', 'task-finish'],
    ]);
    const [start, agentStart, turnStart] = events;
    expect(start?.parentId).toBeUndefined();
    expect(agentStart?.parentId).toBe(start?.runId);
    expect(turnStart?.parentId).toBe(agentStart?.runId);
    expect(events.at(-1)).toMatchObject({ output: 'Shelf 3.', usage: { inputTokens: 10, outputTokens: 1 } });
  });

  it('emits an event with the error of a failed task', async () => {
    const { task } = makeTask([new Error('no line'), new Error('no line'), new Error('no line')]);
    const events: CrewEvent[] = [];
    const run = task.execute({ callbacks: [event => void events.push(event)], steps: new Journal() });
    await expect(run).rejects.toThrow('no line');
    expect(events.at(-1)).toMatchObject({ type: 'task-error', error: { message: 'The model turn failed: no line' } });
  });

  it('can run twice at once', async () => {
    const { task } = makeTask(['one', 'two']);
    expect((await Promise.all([task.execute(), task.execute()])).map(String)).toEqual(['one', 'two']);
  });
});

describe('callback', () => {
  it('is called with the output and awaited', async () => {
    const told: string[] = [];
    const { task } = makeTask(['Shelf 3.'], {
      callback: async output => {
        await Promise.resolve();
        told.push(output.raw);
      },
    });
    await task.execute();
    expect(told).toEqual(['Shelf 3.']);
  });

  it('fails the task by throwing in its callback', async () => {
    const { task } = makeTask(['Shelf 3.'], {
      callback: () => {
        throw new Error('the database is away');
      },
    });
    const run = task.execute();
    await expect(run).rejects.toBeInstanceOf(CrewError);
    await expect(run).rejects.toThrow('The callback of task "Where is Emma?" failed: the database is away');
  });
});

describe('condition', () => {
  it('skips the task without calling the model when the condition returns false', async () => {
    const types: string[] = [];
    const { task, llm } = makeTask([], { condition: async () => false });
    const output = await task.execute({ callbacks: [event => void types.push(event.type)] });
    expect(output).toMatchObject({ raw: '', skipped: true, usage: { inputTokens: 0, outputTokens: 0 } });
    expect(types).toEqual(['task-skip']);
    expect(llm.requests).toHaveLength(0);
  });

  it('executes the task when the condition returns true', async () => {
    const { task } = makeTask(['Shelf 3.'], { condition: previous => previous === undefined });
    expect((await task.execute()).raw).toBe('Shelf 3.');
  });
});

describe('steps of a task', () => {
  it('give the same output in a replay, without calling the model or the human', async () => {
    let asked = 0;
    let called = 0;
    const answers = ['In which room?', ''];
    const { files, written } = memoryFiles();
    const options: Partial<TaskOptions> = {
      humanInput: () => {
        asked += 1;
        return answers.shift() ?? '';
      },
      callback: () => {
        called += 1;
      },
      condition: () => true,
      guardrail: [output => output.raw.endsWith('.') || 'End with a full stop.', 'It names a shelf.'],
      files,
      outputFile: 'out.md',
    };
    const script = ['Shelf 3', 'Shelf 3.', '{"valid":true,"feedback":""}', 'Room 2.', '{"valid":true,"feedback":""}'];
    const first = new Journal();
    const output = await makeTask(script.map(counted), options).task.execute({ steps: first, stepPrefix: 'task/1/' });
    const replay = new Journal(first);
    const again = await makeTask([], options).task.execute({ steps: replay, stepPrefix: 'task/1/' });
    expect(again).toEqual(output);
    expect(output.usage).toEqual({ inputTokens: 50, outputTokens: 5 });
    expect(replay.performed).toEqual([]);
    expect({ asked, called, written: written.length }).toEqual({ asked: 2, called: 1, written: 1 });
    expect(first.started).toEqual([
      'task/1/condition',
      'task/1/turn/1',
      'task/1/guardrail/1',
      'task/1/attempt/2/turn/1',
      'task/1/attempt/2/guardrail/1',
      'task/1/attempt/2/guardrail/2/turn/1',
      'task/1/human/1',
      'task/1/attempt/3/turn/1',
      'task/1/attempt/3/guardrail/1',
      'task/1/attempt/3/guardrail/2/turn/1',
      'task/1/human/2',
      'task/1/file',
      'task/1/callback',
    ]);
  });
});
