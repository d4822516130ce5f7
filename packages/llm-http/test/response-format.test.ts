import { errorBody, startEndpoint, text } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { HttpLLM, type HttpLLMOptions } from '../src/index.ts';

const schema = { type: 'object', properties: { tide: { type: 'string' } }, required: ['tide'] } as const;
const REFUSED = errorBody(400, { message: "response_format 'json_schema' is not supported by this model" });

/** Asks for an object twice, and returns which requests had a response format and which the schema in their messages. */
async function askTwice(options: Partial<HttpLLMOptions>, replies: Parameters<typeof startEndpoint>[0]) {
  await using endpoint = await startEndpoint(replies);
  await using llm = new HttpLLM({ endpoint: endpoint.url, retry: { retries: 0 }, ...options });
  for (let turn = 0; turn < 2; turn += 1) {
    expect((await llm.generateObject('When?', schema)).object).toEqual({ tide: 'low' });
  }
  const requests = endpoint.requests.map(request => {
    const { response_format, messages } = JSON.parse(request.body);
    return { format: response_format !== undefined, words: JSON.stringify(messages).includes('JSON Schema') };
  });
  return { requests, supports: llm.supportsResponseFormat() };
}

describe('response format of an HttpLLM', () => {
  const answer = text('{"tide":"low"}');

  it('sends the schema as response_format by default [C1]', async () => {
    const { requests, supports } = await askTwice({}, { replies: [answer, answer] });
    expect(requests).toEqual([
      { format: true, words: false },
      { format: true, words: false },
    ]);
    expect(supports).toBe(true);
  });

  it('sends the schema in the prompt with responseFormat: false [C1]', async () => {
    const { requests } = await askTwice({ responseFormat: false }, { replies: [answer, answer] });
    expect(requests).toEqual([
      { format: false, words: true },
      { format: false, words: true },
    ]);
  });

  it('learns from a refusal that the server supports no response_format, and keeps it [C1]', async () => {
    const { requests, supports } = await askTwice({}, { replies: [REFUSED, answer, answer] });
    expect(requests.map(({ format }) => format)).toEqual([true, false, false]);
    expect(requests.map(({ words }) => words)).toEqual([false, true, true]);
    expect(supports).toBe(false);
  });

  it('learns it from a refused stream too [C1]', async () => {
    await using endpoint = await startEndpoint({ replies: [REFUSED] });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    const reading = llm
      .stream('When?', { responseFormat: { name: 'tide', schema } })
      [Symbol.asyncIterator]()
      .next();
    await expect(reading).rejects.toMatchObject({ status: 400 });
    expect(llm.supportsResponseFormat()).toBe(false);
  });
});
