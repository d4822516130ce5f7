import { createAuthority, neverAnswers, startEndpoint, text, trackResources } from '@crew/test-endpoint';
import { afterAll, describe, expect, it } from 'vitest';
import { type Authenticator, HttpLLM } from '../src/index.ts';
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

describe('responses over HTTP/2', () => {
  it.each<[string, (stream: RawStream) => void]>([
    ['with its last bytes', stream => stream.data(ANSWER, { end: true })],
    ['with an empty frame', stream => [stream.data(ANSWER), stream.data('', { end: true })]],
    ['with trailers', stream => [stream.data(ANSWER), stream.trailers()]],
    ['and is reset afterwards', stream => [stream.data(ANSWER, { end: true }), stream.reset(NO_ERROR)]],
  ])('accepts a response that ends %s', async (_how, rest) => {
    await using server = await startRawServer(stream => {
      stream.head();
      rest(stream);
    });
    await using llm = client(server);
    expect(await llm.call('Hello')).toBe('Hello');
    expect(await llm.call('Hello')).toBe('Hello');
  });

  it.each([NO_ERROR, INTERNAL_ERROR, CANCEL])('retries a response that is reset (%i) before its end', async code => {
    await using server = await startRawServer((stream, index) => {
      stream.head();
      if (index > 0) return stream.data(ANSWER, { end: true });
      // Whole as JSON: only the end of the stream is missing.
      stream.data(ANSWER);
      stream.reset(code);
    });
    await using llm = client(server);
    await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'CONNECTION' });
    await using other = client(server, 1);
    expect(await other.call('Hello')).toBe('Hello');
  });

  it.each([NO_ERROR, INTERNAL_ERROR, CANCEL])(
    'turns a stream that is reset (%i) into a ConnectionError with its text',
    async code => {
      const event = `data: ${JSON.stringify({ choices: [{ delta: { content: 'Hel' } }] })}\n\n`;
      const isRead = Promise.withResolvers<void>();
      await using server = await startRawServer(stream => {
        stream.head();
        stream.data(event);
        void isRead.promise.then(() => stream.reset(code));
      });
      await using llm = client(server);
      const drained = async (): Promise<void> => {
        for await (const _part of llm.stream('Hello')) isRead.resolve();
      };
      await expect(drained()).rejects.toMatchObject({ code: 'CONNECTION', partialText: 'Hel' });
    },
  );
});

describe('an HTTP/2 stream that is reset before any response', () => {
  it.each([NO_ERROR, INTERNAL_ERROR, CANCEL, ENHANCE_YOUR_CALM])(
    'counts a reset on a used connection (%i) as a retry, because the server has received the request',
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

describe('aborted calls over HTTP/2', () => {
  it.each([0, 1])('resets the stream at once while the server checks the request, after %i calls', async before => {
    await using endpoint = await startEndpoint({ tls: true, http2: true, respond: () => text('Hello') });
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, allowH2: true, retry: { retries: 0 } });
    for (let call = 0; call < before; call += 1) await llm.call('Hello');
    const caller = new AbortController();
    endpoint.setCredential(() => {
      caller.abort();
      return true;
    });
    await expect(llm.call('Hello', { signal: caller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    for (const request of endpoint.requests) await endpoint.whenClosed(request);
    expect(endpoint.requests).toHaveLength(before + 1);
  });

  it.each([0, 1])('resets the stream at once while the server works on the response, after %i calls', async before => {
    let requests = 0;
    await using endpoint = await startEndpoint({
      tls: true,
      http2: true,
      respond: () => (requests++ < before ? text('Hello') : neverAnswers()),
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, allowH2: true, retry: { retries: 0 } });
    for (let call = 0; call < before; call += 1) await llm.call('Hello');
    const caller = new AbortController();
    const arrived = endpoint.nextRequest();
    const aborted = expect(llm.call('Hello', { signal: caller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    await arrived;
    caller.abort();
    await aborted;
    for (const request of endpoint.requests) await endpoint.whenClosed(request);
    expect(endpoint.requests).toHaveLength(before + 1);
  });
});

describe('errors of HTTP/2 itself', () => {
  const [PROTOCOL_ERROR, FLOW_CONTROL_ERROR, COMPRESSION_ERROR, INADEQUATE_SECURITY, HTTP_1_1_REQUIRED] = [
    1, 3, 9, 12, 13,
  ];
  it.each<[string, (stream: RawStream) => void]>([
    ['a stream reset with PROTOCOL_ERROR', stream => stream.reset(PROTOCOL_ERROR)],
    ['a stream reset with FLOW_CONTROL_ERROR', stream => stream.reset(FLOW_CONTROL_ERROR)],
    ['a stream reset with COMPRESSION_ERROR', stream => stream.reset(COMPRESSION_ERROR)],
    ['a stream reset with HTTP_1_1_REQUIRED', stream => stream.reset(HTTP_1_1_REQUIRED)],
    ['a connection ended with PROTOCOL_ERROR', stream => stream.goAway(PROTOCOL_ERROR)],
    ['a connection ended with INADEQUATE_SECURITY', stream => stream.goAway(INADEQUATE_SECURITY)],
    ['a frame that breaks the rules', stream => stream.breakRules()],
  ])('advises to disable HTTP/2, and not to check the client certificate: %s [X32]', async (_what, fault) => {
    await using server = await startRawServer(fault);
    await using llm = client(server);
    const failed = llm.call('Hello');
    await expect(failed).rejects.toMatchObject({ code: 'CONNECTION' });
    await expect(failed).rejects.toThrow('set `allowH2` to false');
    await expect(failed).rejects.not.toThrow('certificate');
  });

  it('does not treat an HTTP/2 error as a refused client certificate [X32]', async () => {
    const authority = await createAuthority();
    const { certificate: cert, key } = await authority.issue({ commonName: 'client' });
    const auth: Authenticator = {
      name: 'certificate',
      connection: () => ({ id: '1', cert, key }),
      authenticate: () => undefined,
    };
    await using server = await startRawServer(stream => stream.goAway(PROTOCOL_ERROR));
    const { url: endpoint, ca } = server;
    await using llm = new HttpLLM({ endpoint, ca, auth, allowH2: true, retry: { retries: 0 } });
    await expect(llm.call('Hello')).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.not.stringContaining('certificate'),
    });
  });

  it.each([INTERNAL_ERROR, CANCEL, ENHANCE_YOUR_CALM])(
    'advises no certificate and no option when a stream is reset with %i [X32]',
    async code => {
      await using server = await startRawServer(stream => stream.reset(code));
      await using llm = client(server);
      await expect(llm.call('Hello')).rejects.toMatchObject({
        code: 'CONNECTION',
        message: expect.not.stringMatching(/certificate|allowH2/),
      });
    },
  );
});
