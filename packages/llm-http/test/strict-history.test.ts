import { fallback, ResponseError, runToolLoop, tool } from '@crew/core';
import { type RecordedRequest, type Reply, startEndpoint, status, text, toolCalls } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { HttpLLM } from '../src/index.ts';

const look = tool({ name: 'look', description: 'Looks.', parameters: { type: 'object' }, execute: () => 'seen' });

type Sent = {
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly { readonly id: string; readonly function: { readonly name: string } }[];
};

function sent(request: RecordedRequest | undefined) {
  const messages: readonly Sent[] = Object(request?.json).messages;
  const calls = messages.flatMap(message => message.tool_calls ?? []);
  return {
    names: calls.map(call => call.function.name),
    ids: calls.map(call => call.id),
    answered: messages.flatMap(message => message.tool_call_id ?? []),
  };
}

async function secondRequest(...replies: Reply[]) {
  await using endpoint = await startEndpoint({ replies: [...replies, text('Done.')] });
  await using llm = new HttpLLM({ endpoint: endpoint.url });
  expect((await runToolLoop(llm, { messages: 'Go', tools: [look] })).text).toBe('Done.');
  return sent(endpoint.requests.at(-1));
}

describe('history for strict servers', () => {
  it.each([
    ['multi_tool_use.parallel', 'multi_tool_use_parallel'],
    ['create_event<|channel|>analysis', 'create_event_channel_analysis'],
    ['x'.repeat(80), 'x'.repeat(64)],
    ['天気', 'unknown_tool'],
  ])('sends the invented name %s back in a valid form [W9]', async (name, valid) => {
    expect((await secondRequest(toolCalls([{ name, arguments: {} }]))).names).toEqual([valid]);
  });

  it('sends the ids of a server back to it unchanged [W18]', async () => {
    const id = `functions.look:0 ${'x'.repeat(50)}`;
    const { ids, answered } = await secondRequest(toolCalls([{ id, name: 'look', arguments: {} }]));
    expect([ids, answered]).toEqual([[id], [id]]);
  });

  it('does not remember an id of more than 1,024 characters [W18]', async () => {
    const replies = [1_024, 1_025].map(length => toolCalls([{ id: 'x'.repeat(length), name: 'look', arguments: {} }]));
    const { ids, answered } = await secondRequest(...replies);
    expect(ids).toEqual(['x'.repeat(1_024), expect.stringMatching(/^[a-zA-Z0-9]{9}$/)]);
    expect(answered).toEqual(ids);
  });

  it('sends nine letters or digits for an id that the server has not sent, and pairs the result with it [W18]', async () => {
    const { ids, answered } = await secondRequest(
      toolCalls([
        { id: 'a', name: 'look', arguments: {} },
        { id: 'a', name: 'look', arguments: { again: true } },
      ]),
    );
    expect(ids).toEqual(['a', expect.stringMatching(/^[a-zA-Z0-9]{9}$/)]);
    expect(answered).toEqual(ids);
  });

  it('continues on a server that takes only nine letters or digits when the first one fails in mid-run [W18]', async () => {
    const id = 'call_9pl1kPLgHFBmDuJ7Vo0gTRZk';
    await using first = await startEndpoint({
      replies: [toolCalls([{ id, name: 'look', arguments: {} }]), status(503)],
    });
    await using second = await startEndpoint({ replies: [text('Done.')] });
    await using open = new HttpLLM({ endpoint: first.url, retry: { retries: 0 } });
    await using strict = new HttpLLM({ endpoint: second.url });
    const llm = fallback([open, strict], { on: [ResponseError] });
    const { messages } = await runToolLoop(llm, { messages: 'Go', tools: [look] });
    const { ids, answered } = sent(second.requests[0]);
    expect(ids).toEqual([expect.stringMatching(/^[a-zA-Z0-9]{9}$/)]);
    expect(answered).toEqual(ids);
    // The conversation itself keeps the id, so that the first server gets it back.
    expect(messages[1]).toMatchObject({ toolCalls: [{ id }] });
  });
});
