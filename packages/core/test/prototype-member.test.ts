import { runToolLoop, tool } from '@crew/core';
import { expect, test } from 'vitest';
import { ScriptedLLM } from './scripted-llm.ts';

const attack = '{"a":{"__proto__":{"admin":true},"list":[{"__proto__":1,"b":2}]},"\\u005f_proto__":{"admin":true}}';

test.each(['function-calling', 'react'] as const)(
  'no own __proto__ of arguments reaches a tool, in the %s protocol [X32]',
  async protocol => {
    const inputs: unknown[] = [];
    const save = tool({
      name: 'save',
      description: 'Saves.',
      parameters: { type: 'object' },
      execute: input => {
        inputs.push(input);
        return 'saved';
      },
    });
    const call =
      protocol === 'function-calling'
        ? { text: '', toolCalls: [{ id: 'a', name: 'save', arguments: attack }] }
        : `Thought: save\nAction: save\nAction Input: ${attack}`;
    const llm = new ScriptedLLM([call, protocol === 'function-calling' ? 'done' : 'Thought: done\nFinal Answer: done']);
    await runToolLoop(llm, { messages: 'Save it.', tools: [save], toolProtocol: protocol });
    expect(JSON.stringify(inputs)).toBe('[{"a":{"list":[{"b":2}]}}]');
    const [input] = inputs;
    expect(Object.hasOwn(Object(input), '__proto__')).toBe(false);
  },
);
