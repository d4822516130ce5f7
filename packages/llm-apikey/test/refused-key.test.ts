import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthenticationError } from '@crew/core';
import { manualClock, type RecordedRequest, startEndpoint, text, trackResources } from '@crew/llm-testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiKeyLLM, fromFile } from '../src/index.ts';

const resources = trackResources();
afterAll(() => resources.check());

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-apikey-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('an API key that the server refuses', () => {
  it('causes an AuthenticationError after one request if it is constant', async () => {
    await using endpoint = await startEndpoint({ credential: () => ({ status: 401 }) });
    await using llm = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: 'revoked' });
    await expect(llm.call('Hello?')).rejects.toThrow(AuthenticationError);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('is replaced by calling its function with the refused value, and the request is sent again', async () => {
    await using endpoint = await startEndpoint({ credential: onlyBearer('new'), respond: () => text('Hello') });
    const received: (string | undefined)[] = [];
    let current = 'old';
    await using llm = new ApiKeyLLM({
      endpoint: endpoint.url,
      apiKey: ({ refused }) => {
        received.push(refused);
        if (refused === current) current = 'new';
        return current;
      },
    });
    expect(await llm.call('Hello?')).toBe('Hello');
    expect(received.slice(0, 2)).toEqual([undefined, 'old']);
    await llm.call('Hello?');
    expect(received.at(-1)).toBeUndefined();
    expect(endpoint.requests.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer old',
      'Bearer new',
      'Bearer new',
    ]);
  });

  it('is read from its file again as soon as the file may have changed', async () => {
    const path = join(folder, 'rotated');
    const clock = manualClock();
    await writeFile(path, 'old');
    await using endpoint = await startEndpoint({ credential: onlyBearer('new'), replies: [text('Hello')] });
    await using llm = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: fromFile(path, { clock }), clock });
    await writeFile(path, 'newer');
    await writeFile(path, 'new');
    await clock.advance(1000);
    expect(await llm.call('Hello?')).toBe('Hello');
  });

  it('causes an AuthenticationError if the renewed key is refused as well', async () => {
    await using endpoint = await startEndpoint({ credential: () => ({ status: 401 }) });
    let count = 0;
    await using llm = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: () => `key-${count++}` });
    await expect(llm.call('Hello?')).rejects.toThrow(AuthenticationError);
    expect(endpoint.requests).toHaveLength(2);
  });

  it('is recognised by another status than 401 with isRefusal', async () => {
    await using endpoint = await startEndpoint({
      credential: ({ headers }) => headers['x-key'] === 'new' || { status: 403, body: { error: 'key expired' } },
      replies: [text('Hello')],
    });
    await using llm = new ApiKeyLLM({
      endpoint: endpoint.url,
      apiKey: ['old', 'new'],
      header: 'x-key',
      isRefusal: ({ status, bodyStart }) => status === 403 && bodyStart.includes('expired'),
    });
    expect(await llm.call('Hello?')).toBe('Hello');
  });

  it('causes computed headers to be computed again', async () => {
    await using endpoint = await startEndpoint({
      credential: ({ headers }) => headers['x-nonce'] === '2' || { status: 401 },
      replies: [text('Hello')],
    });
    await using llm = new ApiKeyLLM({
      endpoint: endpoint.url,
      authHeaders: { 'x-static': 'same', 'x-nonce': ({ attempt, refused }) => String(refused ? 2 : attempt) },
    });
    expect(await llm.call('Hello?')).toBe('Hello');
  });
});

function onlyBearer(key: string) {
  return ({ headers }: RecordedRequest) => headers['authorization'] === `Bearer ${key}` || { status: 401 };
}
