import { AuthenticationError, CrewError, ProtocolError } from '@crew/core';
import { type Reply, sse, startEndpoint, status } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { HttpLLM } from '../src/index.ts';

const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const lists = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** Returns the errors of a call and of a stream to which the server sends this response. */
async function failures(reply: Reply): Promise<readonly unknown[]> {
  await using endpoint = await startEndpoint({ respond: () => reply });
  await using llm = new HttpLLM({ endpoint: endpoint.url, retry: { retries: 0 } });
  const read = async (): Promise<void> => {
    for await (const part of llm.stream('Hello')) void part;
  };
  const results = await Promise.allSettled([llm.generate('Hello'), read()]);
  return results.map(result => (result.status === 'rejected' ? result.reason : 'it was fulfilled'));
}

const page = (body: string): Reply => status(200, { body, headers: { 'content-type': 'application/json' } });

describe('hostile responses', () => {
  it.each([9_000, 30_000])('turns JSON nested %i levels deep into a ProtocolError [X10]', async depth => {
    for (const json of [objects(depth), lists(depth), `{"choices":${lists(depth)}}`]) {
      for (const error of await failures(page(json))) expect(error).toBeInstanceOf(ProtocolError);
      const stream = sse(`data: ${json}\n\ndata: [DONE]\n\n`);
      for (const error of await failures(stream)) expect(error).toBeInstanceOf(ProtocolError);
    }
  });

  it.each([9_000, 30_000])(
    'turns a 401 with JSON nested %i levels deep into an AuthenticationError [X10]',
    async depth => {
      for (const body of [objects(depth), lists(depth), `{"error":{"message":"No.","code":${lists(depth)}}}`]) {
        for (const error of await failures(status(401, { body }))) expect(error).toBeInstanceOf(AuthenticationError);
        for (const error of await failures(status(500, { body }))) expect(error).toMatchObject({ code: 'RESPONSE' });
      }
    },
  );

  it.each([400, 401, 429, 500])(
    'quotes a response of status %i as one line of printable characters [X9, X28]',
    async code => {
      const hostile = '\u001b]52;c;aGk=\u0007\r\n\u202eword '.repeat(1500);
      const body = JSON.stringify({ error: { message: hostile, code: hostile, type: hostile } });
      for (const error of await failures(status(code, { body }))) {
        if (!CrewError.isInstance(error)) throw new Error('it is no CrewError');
        expect(error.message).toMatch(/word/);
        expect(error.message).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u);
        expect(error.message.length).toBeLessThan(700);
      }
    },
  );

  // A regular expression that restarts at each tag would take minutes.
  it('ends at once for a page of unclosed title tags, plain and as an event [X1]', async () => {
    const body = `<html>${'<title'.repeat(700_000)}`;
    for (const error of await failures(status(500, { body })))
      expect(error).toMatchObject({ serverMessage: 'an HTML page' });
    const [, error] = await failures(sse(`event: error\ndata: ${body}\n\n`));
    expect(error).toMatchObject({ serverMessage: 'an HTML page' });
  });
});
