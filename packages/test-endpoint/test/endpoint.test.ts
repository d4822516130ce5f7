import { afterEach, expect, test } from 'vitest';
import { type Endpoint, startEndpoint, text } from '../src/index.ts';

let endpoint: Endpoint;
afterEach(() => endpoint.close());

const post = (body: object, init: RequestInit = {}) =>
  fetch(endpoint.url, { method: 'POST', body: JSON.stringify(body), ...init });

test('a scripted text is answered as a chat completion', async () => {
  endpoint = await startEndpoint({ replies: [text('Hello', { usage: { prompt_tokens: 3, completion_tokens: 1 } })] });
  const response = await post({ model: 'm', messages: [] });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    model: 'm',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }],
    usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
  });
  endpoint.verify();
});
