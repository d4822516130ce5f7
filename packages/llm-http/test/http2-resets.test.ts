import { trackResources } from '@crew/test-endpoint';
import { afterAll, describe, expect, it } from 'vitest';
import { HttpLLM } from '../src/index.ts';
import { type RawServer, type RawStream, startRawServer } from './raw-http2-server.ts';

const resources = trackResources();
afterAll(() => resources.check());

const [NO_ERROR, INTERNAL_ERROR, CANCEL, ENHANCE_YOUR_CALM] = [0, 2, 8, 11];
const ANSWER = JSON.stringify({
  choices: [{ message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
});

function client({ url, ca }: RawServer, retries = 0): HttpLLM {
  return new HttpLLM({ endpoint: url, ca, allowH2: true, retry: { retries, baseDelay: 1 } });
}

describe('an answer over HTTP/2', () => {
  it.each<[string, (stream: RawStream) => void]>([
    ['with its last bytes', stream => stream.data(ANSWER, { end: true })],
    ['with an empty frame', stream => [stream.data(ANSWER), stream.data('', { end: true })]],
    ['with trailers', stream => [stream.data(ANSWER), stream.trailers()]],
    ['and is reset afterwards', stream => [stream.data(ANSWER, { end: true }), stream.reset(NO_ERROR)]],
  ])('that ends %s is whole', async (_how, rest) => {
    await using server = await startRawServer(stream => {
      stream.head();
      rest(stream);
    });
    await using llm = client(server);
    expect(await llm.call('Hello')).toBe('Hello');
    expect(await llm.call('Hello')).toBe('Hello');
  });

  it.each([NO_ERROR, INTERNAL_ERROR, CANCEL])(
    'that is reset (%i) before its end is broken off, and asked for again',
    async code => {
      await using server = await startRawServer((stream, index) => {
        stream.head();
        if (index > 0) return stream.data(ANSWER, { end: true });
        // Whole as JSON: only the end of the stream is missing.
        stream.data(ANSWER);
        setTimeout(() => stream.reset(code), 10);
      });
      await using llm = client(server);
      await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'CONNECTION' });
      await using other = client(server, 1);
      expect(await other.call('Hello')).toBe('Hello');
    },
  );

  it.each([NO_ERROR, INTERNAL_ERROR, CANCEL])(
    'that is a stream and is reset (%i) is a ConnectionError with its text',
    async code => {
      const event = `data: ${JSON.stringify({ choices: [{ delta: { content: 'Hel' } }] })}\n\n`;
      await using server = await startRawServer(stream => {
        stream.head();
        stream.data(event);
        setTimeout(() => stream.reset(code), 10);
      });
      await using llm = client(server);
      const drained = async (): Promise<void> => {
        for await (const _part of llm.stream('Hello'));
      };
      await expect(drained()).rejects.toMatchObject({ code: 'CONNECTION', partialText: 'Hel' });
    },
  );
});

describe('a request whose HTTP/2 stream is reset before any answer', () => {
  it.each([NO_ERROR, INTERNAL_ERROR, CANCEL, ENHANCE_YOUR_CALM])(
    'on a used connection (%i) counts as a retry: the connection lives, and the server had the request',
    async code => {
      let isResetting = false;
      await using server = await startRawServer(stream => {
        if (isResetting) return stream.reset(code);
        stream.head();
        stream.data(ANSWER, { end: true });
      });
      await using llm = client(server);
      await llm.call('Hello');
      isResetting = true;
      await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'CONNECTION' });
      expect(server.requests()).toBe(2);
      await using patient = client(server, 2);
      await expect(patient.call('Hello')).rejects.toMatchObject({ code: 'CONNECTION' });
      expect(server.requests()).toBe(5);
    },
  );
});
