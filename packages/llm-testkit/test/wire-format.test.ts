import { type AssistantTurn, type Message, ProtocolError, type StreamPart, type ToolCall } from '@crew/core';
import { HttpLLM, type Protocol } from '@crew/llm-http';
import { json, type WireFormat } from '@crew/llm-testkit';
import { describeAdapter } from '@crew/llm-testkit/vitest';

/** A turn in the format of the service. */
interface ServiceTurn {
  readonly said: string;
  readonly calls?: readonly ToolCall[] | undefined;
  readonly tokens?: readonly [input: number, output: number] | undefined;
}

/** The server side of the format, for the suite. */
const wireFormat: WireFormat = {
  encodeTurn: ({ text = '', toolCalls, usage }) => {
    const calls = toolCalls?.map(call => ({ ...call, arguments: JSON.stringify(call.arguments) }));
    return json({ said: text, calls, tokens: usage && [usage.inputTokens, usage.outputTokens] } satisfies ServiceTurn);
  },
  decodeRequest: ({ json: body }) => body as { messages: Message[]; stop: string[]; tools: string[] },
};

/** The client side of the format, for the LLM. */
const protocol: Protocol = {
  name: 'custom',
  encodeRequest: ({ messages, stop, tools = [], responseFormat }) => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages, stop, tools: tools.map(({ name }) => name), schema: responseFormat?.schema }),
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
  wireFormat,
});

function read(body: string): AssistantTurn {
  try {
    const { said, calls, tokens } = JSON.parse(body) as ServiceTurn;
    const usage = tokens && { inputTokens: tokens[0], outputTokens: tokens[1] };
    return { text: said, toolCalls: calls, usage };
  } catch (cause) {
    throw new ProtocolError(`The response of the service is malformed. It starts with: ${body.slice(0, 50)}`, {
      cause,
    });
  }
}
