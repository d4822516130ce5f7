// The custom LLM of the document that Crew ports, translated: call() with one options bag, encodeMessages and
// encodeTools around the body, and the platform's fetch.
import {
  Agent,
  type AssistantTurn,
  BaseLLM,
  type CallOptions,
  ConfigurationError,
  type Prompt,
  Task,
  tool,
} from '@crew/core';
import { decodeTurn, encodeMessages, encodeTools } from '@crew/core/chat-completions';
import { type Endpoint, startEndpoint, text, toolCalls } from '@crew/test-endpoint';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

class BasicCustomLLM extends BaseLLM {
  readonly #apiKey: string;
  readonly #endpoint: string;

  constructor(options: { model: string; apiKey: string; endpoint: string; temperature?: number }) {
    super(options);
    this.#apiKey = options.apiKey;
    this.#endpoint = options.endpoint;
  }

  async call(messages: Prompt, options: CallOptions = {}): Promise<string | AssistantTurn> {
    const response = await this.post(messages, options);
    // As in the document: only the content of the reply.
    return (response as { choices: [{ message: { content: string } }] }).choices[0].message.content;
  }

  async post(messages: Prompt, options: CallOptions): Promise<unknown> {
    const response = await fetch(this.#endpoint, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: this.model,
        messages: encodeMessages(messages),
        tools: encodeTools(options.tools),
        temperature: options.temperature,
        stop: options.stop?.length ? options.stop : undefined,
      }),
      signal: options.signal ?? null,
    });
    if (!response.ok) throw new Error(`The endpoint answered ${response.status}.`);
    return response.json();
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

/** The same LLM, with the one line that tools need. */
class ToolAwareLLM extends BasicCustomLLM {
  override async call(messages: Prompt, options: CallOptions = {}): Promise<AssistantTurn> {
    return decodeTurn(await this.post(messages, options));
  }
}

let endpoint: Endpoint;
beforeEach(async () => {
  endpoint = await startEndpoint({
    credential: ({ headers }) => headers['authorization'] === 'Bearer key' || { status: 401 },
  });
});
afterEach(() => endpoint.close());

const search = tool({
  name: 'search',
  description: 'Searches.',
  parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
  execute: ({ query }) => `Found ${String(query)}.`,
});
const task = new Task({ description: 'Who invented the lens?', expectedOutput: 'A name.' });
const persona = { role: 'Research Assistant', goal: 'Find out', backstory: 'You know where to look.' };

describe('Basic Custom LLM of the document', () => {
  it('the Basic Custom LLM works with an agent without tools', async () => {
    endpoint.reply(text('Fresnel.'));
    const llm = new BasicCustomLLM({ model: 'm', apiKey: 'key', endpoint: endpoint.url, temperature: 0.2 });
    expect(await new Agent({ ...persona, llm }).executeTask(task)).toBe('Fresnel.');
    const [request] = endpoint.requests;
    expect(request?.json).toMatchObject({
      model: 'm',
      temperature: 0.2,
      messages: [{ role: 'system' }, { role: 'user' }],
    });
    expect(Object.keys(request?.json as object).sort()).toEqual(['messages', 'model', 'temperature']);
  });

  it('the Basic Custom LLM with tools is rejected with the expected result of call()', async () => {
    endpoint.reply(toolCalls([{ name: 'search', arguments: { query: 'lens' } }]));
    const llm = new BasicCustomLLM({ model: 'm', apiKey: 'key', endpoint: endpoint.url });
    const error = await new Agent({ ...persona, llm, tools: [search] }).executeTask(task).catch(thrown => thrown);
    expect(ConfigurationError.isInstance(error)).toBe(true);
    expect(error.message).toContain('BasicCustomLLM.call() returned nothing although tools were offered');
    expect(endpoint.requests).toHaveLength(1);
  });

  it('the Basic Custom LLM works with tools if it returns the decoded turn', async () => {
    endpoint.reply(toolCalls([{ name: 'search', arguments: { query: 'lens' } }]), text('Fresnel.'));
    const llm = new ToolAwareLLM({ model: 'm', apiKey: 'key', endpoint: endpoint.url });
    expect(await new Agent({ ...persona, llm, tools: [search] }).executeTask(task)).toBe('Fresnel.');
    expect(endpoint.requests[1]?.json).toMatchObject({
      messages: [{}, {}, { role: 'assistant', tool_calls: [{}] }, { role: 'tool', content: 'Found lens.' }],
    });
  });
});
