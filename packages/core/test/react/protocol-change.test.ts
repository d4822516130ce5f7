import {
  BaseLLM,
  type CallOptions,
  ConfigurationError,
  type Prompt,
  ResponseError,
  runToolLoop,
  tool,
} from '@crew/core';
import { describe, expect, it } from 'vitest';
import { Journal } from '../journal.ts';
import { callsTo, ScriptedLLM } from '../scripted-llm.ts';

const add = tool({
  name: 'add',
  description: 'Adds two numbers.',
  parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
  execute: ({ a, b }) => Number(a) + Number(b),
});

const noTools = (): never => {
  throw new ResponseError('The model server answered with an error (400)', {
    status: 400,
    serverMessage: 'registry/tiny:1b does not support tools',
  });
};

const USE = 'Thought: I add.\nAction: add\nAction Input: {"a": 1, "b": 2}';

describe('provider without tools', () => {
  it('repeats the turn with the ReAct protocol, for the rest of the run, when the provider supports no tools', async () => {
    const llm = new ScriptedLLM([noTools, USE, USE, 'Final Answer: 3']);
    const run = await runToolLoop(llm, { messages: 'What is 1 + 2?', tools: [add] });
    expect(run).toMatchObject({ text: '3', turns: 3, toolCalls: 2, toolProtocol: 'react' });
    expect(llm.requests.map(({ tools }) => tools?.length)).toEqual([1, undefined, undefined, undefined]);
    expect(llm.requests[1]?.messages[0]?.content).toContain('Action Input:');
  });

  it('renders the history as text when the provider rejects tools in the middle of a run', async () => {
    const llm = new ScriptedLLM([callsTo(['add', { a: 1, b: 2 }]), noTools, 'Final Answer: 3']);
    const run = await runToolLoop(llm, { messages: 'What is 1 + 2?', tools: [add] });
    expect(run.text).toBe('3');
    expect(llm.requests[2]?.messages.slice(1)).toEqual([
      { role: 'assistant', content: 'Action: add\nAction Input: {"a":1,"b":2}' },
      { role: 'user', content: 'Observation: 3' },
    ]);
    // The conversation of the run contains structured tool calls in either case.
    expect(run.messages[1]).toMatchObject({ role: 'assistant', toolCalls: [{ name: 'add' }] });
  });

  it('recognises the message of a hand-written LLM that supports no tools', async () => {
    class HandWritten extends BaseLLM {
      asked = 0;
      async call(messages: Prompt, options?: CallOptions): Promise<string> {
        this.asked += 1;
        if (options?.tools)
          throw new Error('HTTP 400: {"error":{"message":"This model does not support function calling"}}');
        return messages.length > 1 ? 'Final Answer: 3' : USE;
      }
      supportsFunctionCalling(): boolean {
        return true;
      }
      supportsStopWords(): boolean {
        return false;
      }
      getContextWindowSize(): number {
        return 4096;
      }
    }
    const llm = new HandWritten();
    expect((await runToolLoop(llm, { messages: 'Go', tools: [add] })).text).toBe('3');
    expect(llm.asked).toBe(3);
  });

  it('returns the protocol, so that the next run need not detect it again', async () => {
    const llm = new ScriptedLLM([noTools, 'Final Answer: 3', 'Final Answer: 4']);
    const first = await runToolLoop(llm, { messages: 'Go', tools: [add] });
    const { text } = await runToolLoop(llm, { messages: 'Go', tools: [add], toolProtocol: first.toolProtocol });
    expect(text).toBe('4');
    expect(llm.unused).toBe(0);
  });

  it('records the rejected request as a step of its own, and switches protocols again in a replay', async () => {
    const steps = new Journal();
    const llm = new ScriptedLLM([noTools, USE, 'Final Answer: 3']);
    const first = await runToolLoop(llm, { messages: 'Go', tools: [add], steps });
    expect(steps.started).toEqual(['turn/1', 'turn/1/2', 'tool/1/1', 'turn/2']);
    const replay = new Journal(steps);
    const again = await runToolLoop(new ScriptedLLM([]), { messages: 'Go', tools: [add], steps: replay });
    expect(again).toEqual(first);
    expect(replay.performed).toEqual([]);
    expect(again.toolProtocol).toBe('react');
  });
});

it('ends the run on any other error', async () => {
  const refused = (): never => {
    throw new ResponseError('The model server answered with an error (400)', {
      status: 400,
      serverMessage: 'bad seed',
    });
  };
  const running = runToolLoop(new ScriptedLLM([refused]), { messages: 'Go', tools: [add] });
  await expect(running).rejects.toThrow(ResponseError);
});

it('does not switch protocols after a turn without tools', async () => {
  const running = runToolLoop(new ScriptedLLM([noTools]), { messages: 'Go' });
  await expect(running).rejects.toThrow(ResponseError);
});

it('rejects an unknown protocol with a ConfigurationError', async () => {
  // @ts-expect-error: the types do not allow it either.
  const running = runToolLoop(new ScriptedLLM([]), { messages: 'Go', toolProtocol: 'xml' });
  await expect(running).rejects.toThrow(ConfigurationError);
});
