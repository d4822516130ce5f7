import {
  AbortError,
  Agent,
  CrewError,
  type CrewEvent,
  type FileWriter,
  Task,
  type TaskOptions,
  TaskOutput,
} from '@crew/core';
import { describe, expect, it } from 'vitest';
import { Journal } from '../journal.ts';
import { counted, lastText, type Script, ScriptedLLM } from '../scripted-llm.ts';

const given = { description: 'Where is Emma?', expectedOutput: 'A shelf' };

function make(script: readonly Script[], options: Partial<TaskOptions> = {}) {
  const llm = new ScriptedLLM(script);
  const agent = new Agent({ role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.', llm });
  return { llm, agent, task: new Task({ ...given, agent, ...options }) };
}

/** Keeps files in memory. */
function memory() {
  const written: [path: string, content: string][] = [];
  const files: FileWriter = { write: async (path, content) => void written.push([path, content]) };
  return { files, written };
}

describe('a task', () => {
  it('is done by its agent and gives a TaskOutput', async () => {
    const { task } = make([counted('Shelf 3.')]);
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

  it('tells the agent the context that it was given', async () => {
    const { task, llm } = make(['Shelf 3.']);
    await task.execute({ context: 'Emma was moved.' });
    expect(lastText(llm.requests[0])).toContain("This is the context you're working with:\nEmma was moved.");
  });

  it('fills in inputs when it was given some, and leaves braces alone when not', async () => {
    const { task, llm } = make(['one', 'two'], { description: 'Where is {book}?' });
    await task.execute({ inputs: { book: 'Emma' } });
    await task.execute();
    expect(lastText(llm.requests[0])).toContain('Where is Emma?');
    expect(lastText(llm.requests[1])).toContain('Where is {book}?');
  });

  it('tells of itself and of its agent, in spans', async () => {
    const { task } = make([counted('Shelf 3.')]);
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

  it('tells that it failed, and why', async () => {
    const { task } = make([new Error('no line'), new Error('no line'), new Error('no line')]);
    const events: CrewEvent[] = [];
    const run = task.execute({ callbacks: [event => void events.push(event)], steps: new Journal() });
    await expect(run).rejects.toThrow('no line');
    expect(events.at(-1)).toMatchObject({ type: 'task-error', error: { message: 'The model turn failed: no line' } });
  });

  it('can be executed twice at once', async () => {
    const { task } = make(['one', 'two']);
    expect((await Promise.all([task.execute(), task.execute()])).map(String)).toEqual(['one', 'two']);
  });
});

describe('callback', () => {
  it('is told of the output and waited for', async () => {
    const told: string[] = [];
    const { task } = make(['Shelf 3.'], {
      callback: async output => {
        await Promise.resolve();
        told.push(output.raw);
      },
    });
    await task.execute();
    expect(told).toEqual(['Shelf 3.']);
  });

  it('fails the task when it throws', async () => {
    const { task } = make(['Shelf 3.'], {
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
  it('skips the task without asking the model', async () => {
    const types: string[] = [];
    const { task, llm } = make([], { condition: async () => false });
    const output = await task.execute({ callbacks: [event => void types.push(event.type)] });
    expect(output).toMatchObject({ raw: '', skipped: true, usage: { inputTokens: 0, outputTokens: 0 } });
    expect(types).toEqual(['task-skip']);
    expect(llm.requests).toHaveLength(0);
  });

  it('lets the task be done', async () => {
    const { task } = make(['Shelf 3.'], { condition: previous => previous === undefined });
    expect((await task.execute()).raw).toBe('Shelf 3.');
  });
});

describe('humanInput', () => {
  it('accepts the output with an empty answer', async () => {
    const shown: string[] = [];
    const { task, llm } = make(['Shelf 3.'], {
      humanInput: async output => {
        shown.push(output.raw);
        return '  ';
      },
    });
    expect((await task.execute()).raw).toBe('Shelf 3.');
    expect(shown).toEqual(['Shelf 3.']);
    expect(llm.requests).toHaveLength(1);
  });

  it('tells the agent anything else, with its original context, until the human agrees', async () => {
    const answers = ['In which room?', 'And the floor?', ''];
    const { task, llm } = make(['Shelf 3.', 'Shelf 3, room 2.', 'Shelf 3, room 2, floor 1.'].map(counted), {
      humanInput: () => answers.shift() ?? '',
    });
    const output = await task.execute({ context: 'Emma was moved.' });
    expect(output.raw).toBe('Shelf 3, room 2, floor 1.');
    expect(output.usage.inputTokens).toBe(30);
    expect(lastText(llm.requests[1])).toContain('Emma was moved.');
    expect(lastText(llm.requests[1])).toContain('In which room?');
    expect(lastText(llm.requests[1])).toContain('### Previous result:\nShelf 3.');
    expect(lastText(llm.requests[2])).toContain('In which room?\nAnd the floor?');
  });

  it('is not waited for when the run is cancelled', async () => {
    const controller = new AbortController();
    let seen: AbortSignal | undefined;
    const { task } = make(['Shelf 3.'], {
      humanInput: (_output, { signal }) => {
        seen = signal;
        queueMicrotask(() => controller.abort());
        return new Promise<string>(() => undefined);
      },
    });
    await expect(task.execute({ signal: controller.signal })).rejects.toBeInstanceOf(AbortError);
    expect(seen?.aborted).toBe(true);
  });

  it('must give a string', async () => {
    const { task } = make(['Shelf 3.'], { humanInput: (() => undefined) as unknown as () => string });
    await expect(task.execute()).rejects.toThrow(/humanInput of task "Where is Emma\?" must give a string/);
  });
});

describe('outputFile', () => {
  it('gets the answer, with the inputs filled in into its name', async () => {
    const { files, written } = memory();
    const { task } = make(['Shelf 3.'], { files, outputFile: 'books/{book}.md' });
    await task.execute({ inputs: { book: 'emma' } });
    expect(written).toEqual([['books/emma.md', 'Shelf 3.']]);
  });

  it('gets JSON when the answer is structured', async () => {
    const { files, written } = memory();
    const { agent } = make([]);
    const llm = new ScriptedLLM(['Here it is:\n```json\n{"shelf":3}\n```']);
    const task = new Task({
      ...given,
      agent: new Agent({ role: agent.role, goal: agent.goal, backstory: agent.backstory, llm }),
      outputSchema: { type: 'object', properties: { shelf: { type: 'number' } }, required: ['shelf'] },
      files,
      outputFile: 'shelf.json',
    });
    await task.execute();
    expect(written).toEqual([['shelf.json', '{\n  "shelf": 3\n}\n']]);
  });

  it.each([['../secret'], ['/etc/passwd'], ['a\u0000b']])(
    'refuses an input that leads out of its folder: %j',
    async book => {
      const { files, written } = memory();
      const { task, llm } = make(['Shelf 3.'], { files, outputFile: '{book}.md' });
      await expect(task.execute({ inputs: { book } })).rejects.toThrow(/outputFile of task/);
      expect(llm.requests).toHaveLength(0);
      expect(written).toEqual([]);
    },
  );

  it('fails the task when it cannot be written', async () => {
    const files: FileWriter = { write: async () => Promise.reject(new Error('the disk is full')) };
    const { task } = make(['Shelf 3.'], { files, outputFile: 'out.md' });
    await expect(task.execute()).rejects.toThrow('Writing "out.md" of task "Where is Emma?" failed: the disk is full');
  });

  it('is written after the guardrails and the human agreed, and before the callback', async () => {
    const order: string[] = [];
    const { task } = make(['Shelf 3.'], {
      callback: () => void order.push('callback'),
      files: { write: async () => void order.push('file') },
      outputFile: 'out.md',
      humanInput: () => {
        order.push('human');
        return '';
      },
      guardrail: () => {
        order.push('guardrail');
        return true;
      },
    });
    await task.execute();
    expect(order).toEqual(['guardrail', 'human', 'file', 'callback']);
  });
});

describe('the steps of a task', () => {
  it('replayed give the same output, and ask neither model nor human', async () => {
    let asked = 0;
    let called = 0;
    const answers = ['In which room?', ''];
    const { files, written } = memory();
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
    const output = await make(script.map(counted), options).task.execute({ steps: first, stepPrefix: 'task/1/' });
    const replay = new Journal(first);
    const again = await make([], options).task.execute({ steps: replay, stepPrefix: 'task/1/' });
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
