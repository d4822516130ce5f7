import { findSystemProgram, startEndpoint, text } from '@crew/llm-testkit';
import { describe, expect, it } from 'vitest';
import { HttpLLM, MtlsLLM } from '../src/index.ts';
import { temporaryFolder } from './fixtures/folder.ts';
import { type NginxOptions, startNginx } from './fixtures/nginx.ts';
import { pausedStream } from './fixtures/paused-stream.ts';
import { createPki, pemOf } from './fixtures/pki.ts';

const program = findSystemProgram('nginx');

if (program !== undefined) {
  const { authority, client } = await createPki();
  const elsewhere = await createPki();
  const ca = authority.certificate;
  const certificate = await authority.issue({ commonName: 'localhost', ip: ['127.0.0.1'] });

  /** Starts nginx in front of an endpoint. */
  const start = async (options: Partial<NginxOptions> = {}) => {
    const endpoint = await startEndpoint({ respond: () => text('Hello') });
    const nginx = await startNginx({ program, upstream: endpoint.origin, certificate, clientCa: ca, ...options });
    const dispose = async () => {
      await nginx[Symbol.asyncDispose]();
      await endpoint.close();
    };
    return { endpoint, nginx, url: nginx.url, [Symbol.asyncDispose]: dispose };
  };

  describe.each([
    { protocols: 'TLSv1.2', over: 'HTTP/1.1', allowH2: false },
    { protocols: 'TLSv1.2', over: 'HTTP/2', allowH2: true },
    { protocols: 'TLSv1.3', over: 'HTTP/1.1', allowH2: false },
    { protocols: 'TLSv1.3', over: 'HTTP/2', allowH2: true },
  ])('nginx with ssl_verify_client on, $protocols and $over', ({ protocols, over, allowH2 }) => {
    it('accepts a certificate that an intermediate issued [S78]', async () => {
      await using server = await start({ protocols });
      const issued = await (await authority.intermediate()).issue({ commonName: 'crew', usage: 'client' });
      await using llm = new MtlsLLM({ endpoint: server.url, ca, allowH2, ...pemOf(issued) });
      expect(await llm.call('Hi')).toBe('Hello');
      const headers = server.endpoint.requests[0]?.headers;
      expect(headers).toMatchObject({ 'x-ssl-client-verify': 'SUCCESS', 'x-ssl-client-subject': 'CN=crew' });
      await expect.poll(() => server.nginx.accessLog).toContain(allowH2 ? 'HTTP/2.0" 200' : `${over}" 200`);
    });

    it('refuses a certificate of another authority, which causes an AuthenticationError after one request', async () => {
      await using server = await start({ protocols });
      await using llm = new MtlsLLM({ endpoint: server.url, ca, allowH2, ...pemOf(await elsewhere.client()) });
      await expect(llm.call('Hi')).rejects.toMatchObject({
        name: 'AuthenticationError',
        status: 400,
        message: expect.stringMatching(/client-certificate.*The SSL certificate error/su),
      });
      await expect.poll(() => server.nginx.accessLog.trim().split('\n')).toEqual([expect.stringContaining('" 400 ')]);
      expect(server.endpoint.requests).toHaveLength(0);
    });

    it('receives a new certificate on new connections without a resumed session, while a stream ends on the old one [T54]', async () => {
      using folder = temporaryFolder();
      const put = async (commonName: string) => {
        const issued = await client({ commonName });
        return folder.write({ certFile: issued.chain, keyFile: issued.key });
      };
      await using server = await start({ protocols });
      const paused = pausedStream();
      server.endpoint.reply(paused.reply);
      await using llm = new MtlsLLM({ endpoint: server.url, ca, allowH2, ...(await put('first')) });
      const parts = llm.stream('Hi')[Symbol.asyncIterator]();
      await parts.next();
      await put('second');
      await expect
        .poll(
          async () => {
            await llm.call('Hi');
            return server.endpoint.requests.at(-1)?.headers['x-ssl-client-subject'];
          },
          { interval: 200 },
        )
        .toBe('CN=second');
      const [old] = server.endpoint.requests;
      const fresh = server.endpoint.requests.at(-1);
      expect(fresh?.headers['x-ssl-session-reused']).toBe('.');
      expect(fresh?.headers['x-ssl-connection']).not.toBe(old?.headers['x-ssl-connection']);
      paused.release();
      const rest: unknown[] = [];
      for (let part = await parts.next(); part.done !== true; part = await parts.next()) rest.push(part.value);
      expect(rest.at(-1)).toMatchObject({ generation: { text: 'Hello again' } });
    });
  });

  it('an error contains the message of nginx if there is no certificate', async () => {
    await using server = await start();
    await using llm = new HttpLLM({ endpoint: server.url, ca });
    await expect(llm.call('Hi')).rejects.toThrow(/No required SSL certificate was sent/u);
  });

  it('a certificate that was replaced after nginx refused it is found immediately, and the request is sent again', async () => {
    using folder = temporaryFolder();
    await using server = await start();
    const put = (pem: { cert: string; key: string }) => folder.write({ certFile: pem.cert, keyFile: pem.key });
    await using llm = new MtlsLLM({ endpoint: server.url, ca, ...put(pemOf(await elsewhere.client())) });
    await expect(llm.call('Hi')).rejects.toMatchObject({ name: 'AuthenticationError' });
    put(pemOf(await client()));
    expect(await llm.call('Hi')).toBe('Hello');
  });
}
