import { Agent, BaseLLM, ResponseError, runToolLoop, type TurnRequest, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { Journal } from '../journal.ts';
import { callsTo, lastText, type Script, ScriptedLLM } from '../scripted-llm.ts';

const add = tool({
  name: 'add',
  description: 'Adds two numbers.',
  parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
  execute: ({ a, b }) => Number(a) + Number(b),
});

const schema = { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] } as const;
const responseFormat = { name: 'sum', schema } as const;
const persona = { role: 'Clerk', goal: 'Add', backstory: 'You add.' };
const task = { description: '1 + 2?', expectedOutput: 'The sum', outputSchema: schema };
const look = callsTo(['add', { a: 1, b: 2 }]);

const refused = (serverMessage: string) => (): never => {
  throw new ResponseError('refused', { status: 400, serverMessage });
};

/** Returns how often the schema is in the messages of a request. */
function countSchema(request: TurnRequest | undefined): number {
  const contents = request?.messages.map(({ content }) => String(content)).join('\n') ?? '';
  return contents.split(JSON.stringify(schema)).length - 1;
}

describe('response format beside tools', () => {
  it('asks for the schema in words while tools are offered, and sends the response format with the forced answer [W2]', async () => {
    const llm = new ScriptedLLM([look, look, '{"sum":3}']);
    const { text } = await runToolLoop(llm, {
      messages: [
        { role: 'system', content: 'You add.' },
        { role: 'user', content: '1 + 2?' },
      ],
      tools: [add],
      responseFormat,
      maxToolRounds: 2,
    });
    expect(text).toBe('{"sum":3}');
    expect(llm.requests.map(({ tools }) => tools?.length)).toEqual([1, 1, undefined]);
    expect(llm.requests.map(request => request.responseFormat)).toEqual([undefined, undefined, responseFormat]);
    expect(llm.requests.map(countSchema)).toEqual([1, 1, 0]);
    const [system] = llm.requests[0]?.messages ?? [];
    expect(system?.content).toMatch(/^You add\.\n\nGive your final answer as nothing but one JSON value/);
    expect(llm.requests[1]?.messages[0]).toBe(system);
  });

  it('sends the response format without tools once an answer holds a value that does not fit [W2]', async () => {
    const llm = new ScriptedLLM([look, '{"total":3}', '{"sum":3}']);
    expect(await new Agent({ ...persona, llm, tools: [add] }).executeTask(task)).toBe('{"sum":3}');
    expect(llm.requests.map(({ tools }) => tools?.length)).toEqual([1, 1, undefined]);
    expect(llm.requests.map(request => request.responseFormat !== undefined)).toEqual([false, false, true]);
    expect(lastText(llm.requests[2])).toContain(JSON.stringify(schema));
  });

  it('never sends a response format beside tools that a provider needs in the history [W2]', async () => {
    class KeepsTools extends ScriptedLLM {
      override readonly toolsInHistory = true;
    }
    const llm = new KeepsTools([look, '{"sum":3}']);
    await runToolLoop(llm, { messages: '1 + 2?', tools: [add], responseFormat, maxToolRounds: 1 });
    expect(llm.requests.map(request => [request.tools?.length, request.responseFormat])).toEqual([
      [1, undefined],
      [1, undefined],
    ]);
    expect(llm.requests.map(countSchema)).toEqual([1, 1]);
  });

  it('sends the response format with the forced answer of the text protocol, and takes the reply as a whole [W2]', async () => {
    const llm = new ScriptedLLM(['Action: add\nAction Input: {"a":1,"b":2}', '{"sum":3,"note":"Final Answer: 3"}']);
    const { text } = await runToolLoop(llm, {
      messages: '1 + 2?',
      tools: [add],
      responseFormat,
      maxToolRounds: 1,
      toolProtocol: 'react',
    });
    expect(text).toBe('{"sum":3,"note":"Final Answer: 3"}');
    expect(llm.requests.map(request => request.responseFormat)).toEqual([undefined, responseFormat]);
  });
});

describe('schema of an LLM without response formats', () => {
  class CustomLLM extends BaseLLM {
    readonly prompts: string[] = [];
    readonly #replies: string[];
    constructor(replies: readonly string[]) {
      super();
      this.#replies = [...replies];
    }
    async call(messages: Parameters<BaseLLM['call']>[0]): Promise<string> {
      this.prompts.push(JSON.stringify(messages));
      return this.#replies.shift() ?? '';
    }
    supportsFunctionCalling(): boolean {
      return true;
    }
    supportsStopWords(): boolean {
      return true;
    }
    getContextWindowSize(): number {
      return 8192;
    }
  }

  it.each([[[]], [[add]]])(
    'is in the prompt once, for generateObject, runs and tasks (tools: %j) [C1]',
    async tools => {
      const llm = new CustomLLM(['{"sum":3}', '{"sum":3}', '{"sum":3}']);
      expect(llm.supportsResponseFormat()).toBe(false);
      await llm.generateObject('1 + 2?', schema);
      await runToolLoop(llm, { messages: '1 + 2?', responseFormat, tools });
      await new Agent({ ...persona, llm, tools }).executeTask(task);
      const written = JSON.stringify(JSON.stringify(schema)).slice(1, -1);
      expect(llm.prompts.map(prompt => prompt.split(written).length - 1)).toEqual([1, 1, 1]);
    },
  );
});

describe('rejected response format', () => {
  it('is replaced by the schema in the prompt, and not sent again by any run of the LLM [C1]', async () => {
    const llm = new ScriptedLLM([refused('response_format is not supported'), '{"sum":3}', '{"sum":4}', '{"sum":5}']);
    const agent = new Agent({ ...persona, llm });
    expect(await agent.executeTask(task)).toBe('{"sum":3}');
    expect(await agent.executeTask(task)).toBe('{"sum":4}');
    expect((await llm.generateObject('2 + 3?', schema)).object).toEqual({ sum: 5 });
    expect(llm.requests.map(request => request.responseFormat !== undefined)).toEqual([true, false, false, false]);
    expect(llm.requests.map(countSchema)).toEqual([0, 1, 1, 1]);
  });

  it('is replayed from a journal although the LLM is known to reject it by then [C1]', async () => {
    const script: Script[] = [refused('response_format is not supported'), '{"sum":3}'];
    const llm = new ScriptedLLM(script);
    const run = (steps: Journal) => new Agent({ ...persona, llm }).executeTask(task, { steps });
    const journal = new Journal();
    expect(await run(journal)).toBe('{"sum":3}');
    expect(await run(new Journal(journal))).toBe('{"sum":3}');
    expect(llm.requests).toHaveLength(2);
  });

  it('puts both in the prompt when the provider rejects the tools', async () => {
    const llm = new ScriptedLLM([refused('this model does not support tools'), 'Final Answer: {"sum":3}']);
    const { text } = await runToolLoop(llm, { messages: '1 + 2?', tools: [add], responseFormat });
    expect(text).toBe('{"sum":3}');
    expect(countSchema(llm.requests[1])).toBe(1);
  });
});

it('ends the run when the provider rejects a response format that was not sent', async () => {
  const llm = new ScriptedLLM([refused('response_format is not supported')]);
  await expect(runToolLoop(llm, { messages: 'Go', tools: [add] })).rejects.toThrow(ResponseError);
});
