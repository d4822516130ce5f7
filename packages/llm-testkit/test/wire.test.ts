import { type AssistantTurn, type Message, ProtocolError, type StreamPart, type ToolCall } from '@crew/core';
import { HttpLLM, type Protocol } from '@crew/llm-http';
import { type AdapterWire, json } from '@crew/llm-testkit';
import { describeAdapter } from '@crew/llm-testkit/vitest';

/** What a service of our own calls a turn. */
interface Said {
  readonly said: string;
  readonly calls?: readonly ToolCall[] | undefined;
  readonly tokens?: readonly [input: number, output: number] | undefined;
}

/** How the service writes, as the suite has to know it. */
const wire: AdapterWire = {
  reply: ({ text = '', toolCalls, usage }) => {
    const calls = toolCalls?.map(call => ({ ...call, arguments: JSON.stringify(call.arguments) }));
    return json({ said: text, calls, tokens: usage && [usage.inputTokens, usage.outputTokens] } satisfies Said);
  },
  read: ({ json: body }) => body as { messages: Message[]; stop: string[]; tools: string[] },
};

/** The same for the LLM. */
const protocol: Protocol = {
  name: 'our own',
  encodeRequest: ({ messages, stop, tools = [] }) => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages, stop, tools: tools.map(({ name }) => name) }),
  }),
  decodeResponse: read,
  async *decodeEvents(chunks): AsyncIterable<StreamPart> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
    const { toolCalls = [], finishReason = 'unknown', ...turn } = read(text);
    const rest = { reasoning: undefined, usage: turn.usage, model: undefined, requestId: undefined };
    yield { type: 'finish', generation: { text: turn.text, toolCalls, finishReason, ...rest } };
  },
};

describeAdapter({
  name: 'an LLM whose service does not speak chat completions',
  create: ({ endpoint, ca, clock }) => ({
    llm: new HttpLLM({ endpoint, ca, clock, protocol, maxResponseBytes: 1_048_576 }),
  }),
  capabilities: { credential: 'none', streaming: false },
  wire,
});

function read(body: string): AssistantTurn {
  try {
    const { said, calls, tokens } = JSON.parse(body) as Said;
    const usage = tokens && { inputTokens: tokens[0], outputTokens: tokens[1] };
    return { text: said, toolCalls: calls, usage };
  } catch (cause) {
    throw new ProtocolError(`The service's answer cannot be read. It begins: ${body.slice(0, 50)}`, { cause });
  }
}
