import { Agent, type FileWriter, Task } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { ScriptedLLM } from '../scripted-llm.ts';
import { makeTask, persona, taskOptions } from './make-task.ts';
import { memoryFiles } from './memory-files.ts';

describe('outputFile', () => {
  it('writes the answer to the file, whose name has the inputs filled in', async () => {
    const { files, written } = memoryFiles();
    const { task } = makeTask(['Shelf 3.'], { files, outputFile: 'books/{book}.md' });
    await task.execute({ inputs: { book: 'emma' } });
    expect(written).toEqual([['books/emma.md', 'Shelf 3.']]);
  });

  it('writes JSON when the answer is structured', async () => {
    const { files, written } = memoryFiles();
    const llm = new ScriptedLLM(['Here it is:\n```json\n{"shelf":3}\n```']);
    const task = new Task({
      ...taskOptions,
      agent: new Agent({ ...persona, llm }),
      outputSchema: { type: 'object', properties: { shelf: { type: 'number' } }, required: ['shelf'] },
      files,
      outputFile: 'shelf.json',
    });
    await task.execute();
    expect(written).toEqual([['shelf.json', '{\n  "shelf": 3\n}\n']]);
  });

  it.each([['../secret'], ['/etc/passwd'], ['a\u0000b']])(
    'rejects an input that leads out of the folder: %j',
    async book => {
      const { files, written } = memoryFiles();
      const { task, llm } = makeTask(['Shelf 3.'], { files, outputFile: '{book}.md' });
      await expect(task.execute({ inputs: { book } })).rejects.toThrow(/outputFile of task/);
      expect(llm.requests).toHaveLength(0);
      expect(written).toEqual([]);
    },
  );

  it('fails the task when the file cannot be written', async () => {
    const files: FileWriter = { write: async () => Promise.reject(new Error('the disk is full')) };
    const { task } = makeTask(['Shelf 3.'], { files, outputFile: 'out.md' });
    await expect(task.execute()).rejects.toThrow('Writing "out.md" of task "Where is Emma?" failed: the disk is full');
  });

  it('writes the file after guardrails and human accepted the output, and before the callback', async () => {
    const order: string[] = [];
    const { task } = makeTask(['Shelf 3.'], {
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
