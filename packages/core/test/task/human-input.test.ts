import { AbortError } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { counted, lastText } from '../scripted-llm.ts';
import { makeTask } from './make-task.ts';

describe('humanInput', () => {
  it('accepts the output with an empty string', async () => {
    const shown: string[] = [];
    const { task, llm } = makeTask(['Shelf 3.'], {
      humanInput: async output => {
        shown.push(output.raw);
        return '  ';
      },
    });
    expect((await task.execute()).raw).toBe('Shelf 3.');
    expect(shown).toEqual(['Shelf 3.']);
    expect(llm.requests).toHaveLength(1);
  });

  it('passes any other string to the agent, with the original context, until the human approves', async () => {
    const answers = ['In which room?', 'And the floor?', ''];
    const { task, llm } = makeTask(['Shelf 3.', 'Shelf 3, room 2.', 'Shelf 3, room 2, floor 1.'].map(counted), {
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

  it('humanInput is not awaited after a cancellation', async () => {
    const controller = new AbortController();
    let seen: AbortSignal | undefined;
    const { task } = makeTask(['Shelf 3.'], {
      humanInput: (_output, { signal }) => {
        seen = signal;
        queueMicrotask(() => controller.abort());
        return new Promise<string>(() => undefined);
      },
    });
    await expect(task.execute({ signal: controller.signal })).rejects.toBeInstanceOf(AbortError);
    expect(seen?.aborted).toBe(true);
  });

  it('fails the task when humanInput does not return a string', async () => {
    const { task } = makeTask(['Shelf 3.'], { humanInput: (() => undefined) as unknown as () => string });
    await expect(task.execute()).rejects.toThrow(/humanInput of task "Where is Emma\?" must return a string/);
  });
});
