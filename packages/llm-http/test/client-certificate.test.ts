import { ConfigurationError } from '@crew/core';
import {
  type CertificateAuthority,
  createAuthority,
  delayed,
  type Endpoint,
  type IssuedCertificate,
  manualClock,
  neverAnswers,
  startEndpoint,
  startProxy,
  text,
  trackResources,
} from '@crew/test-endpoint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionCredentials } from '../src/adapter.ts';
import { type Authenticator, HttpLLM } from '../src/index.ts';

const resources = trackResources();
afterAll(() => resources.check());

let authority: CertificateAuthority;
let first: IssuedCertificate;
let second: IssuedCertificate;
beforeAll(async () => {
  authority = await createAuthority();
  first = await authority.issue({ commonName: 'first', usage: 'client' });
  second = await authority.issue({ commonName: 'second', usage: 'client' });
});

const credentials = (id: string, { chain, key }: IssuedCertificate): ConnectionCredentials => ({
  id,
  cert: chain,
  key,
});

/** An authenticator whose certificate a test can change. */
function rotating(initial: ConnectionCredentials): Authenticator & { now: ConnectionCredentials; asked: number } {
  const made = {
    name: 'certificate',
    now: initial,
    asked: 0,
    authenticate: () => undefined,
    connection: () => {
      made.asked += 1;
      return made.now;
    },
  };
  return made;
}

const mutual = (options: object = {}): Promise<Endpoint> =>
  startEndpoint({ tls: true, clientCertificate: 'require', clientAuthorities: [authority.certificate], ...options });

const shown = (endpoint: Endpoint): (string | undefined)[] =>
  endpoint.requests.map(({ tls }) => tls?.peer?.fingerprint256);

describe('client certificates', () => {
  it('presents the certificate to the server, also through a proxy and over HTTP/2 [failure 37]', async () => {
    await using proxy = await startProxy();
    for (const options of [{}, { proxy: proxy.url }, { allowH2: true }, { allowH2: true, proxy: proxy.url }]) {
      await using endpoint = await mutual({ http2: options.allowH2, respond: () => text('Hello') });
      const auth = rotating(credentials('1', first));
      await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, auth, ...options });
      expect(await llm.call('Hello')).toBe('Hello');
      expect(shown(endpoint)).toEqual([first.fingerprint256]);
    }
    expect(proxy.requests).toHaveLength(2);
  });

  it('requests the certificate before each attempt and keeps the connection while its id is the same', async () => {
    await using endpoint = await mutual({ respond: () => text('Hello') });
    const auth = rotating(credentials('1', first));
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, auth });
    for (let call = 0; call < 5; call += 1) {
      auth.now = credentials('1', first);
      await llm.call('Hello');
    }
    expect(auth.asked).toBe(5);
    expect(endpoint.connections.total).toBeLessThanOrEqual(2);
  });

  it('opens new connections for a new id and does not resume TLS sessions of the old one [T54]', async () => {
    await using endpoint = await mutual({ respond: () => text('Hello') });
    const auth = rotating(credentials('1', first));
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, auth });
    await llm.call('Hello');
    auth.now = credentials('2', second);
    await llm.call('Hello');
    auth.now = credentials('3', first);
    await llm.call('Hello');
    expect(shown(endpoint)).toEqual([first.fingerprint256, second.fingerprint256, first.fingerprint256]);
    expect(endpoint.requests.map(({ tls }) => tls?.sessionReused)).toEqual([false, false, false]);
  });

  it('lets an active request complete on its own connection when the certificate is replaced', async () => {
    const slow = delayed(text('slow'), { headers: 100 });
    await using endpoint = await mutual({ replies: [slow, text('quick'), text('again')] });
    const auth = rotating(credentials('1', first));
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, auth });
    const arrived = endpoint.nextRequest();
    const underWay = llm.call('Hello');
    await arrived;
    auth.now = credentials('2', second);
    expect(await llm.call('Hello')).toBe('quick');
    expect(await underWay).toBe('slow');
    const [old] = endpoint.requests;
    if (old) await endpoint.whenClosed(old);
    expect(await llm.call('Hello')).toBe('again');
    expect(shown(endpoint)).toEqual([first.fingerprint256, second.fingerprint256, second.fingerprint256]);
  });

  it('closes a replaced connection when its certificate arrives after the caller has left', async () => {
    await using endpoint = await mutual({ respond: () => text('Hello'), keepAliveTimeout: 60_000 });
    const auth = rotating(credentials('1', first));
    let isSlow = false;
    const late = Promise.withResolvers<ConnectionCredentials>();
    const controller = new AbortController();
    const leave = (): Promise<ConnectionCredentials> => {
      queueMicrotask(() => controller.abort());
      return late.promise;
    };
    const slow: Authenticator = { ...auth, connection: () => (isSlow ? leave() : auth.now) };
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, auth: slow });
    await llm.call('Hello');
    isSlow = true;
    await expect(llm.call('Hello', { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    late.resolve(credentials('1', first));
    await late.promise;
    isSlow = false;
    auth.now = credentials('2', second);
    await llm.call('Hello');
    const [old] = endpoint.requests;
    if (old) await endpoint.whenClosed(old);
  });

  it('closes a connection with a replaced certificate by force after 30 seconds', async () => {
    const clock = manualClock();
    await using endpoint = await mutual({ replies: [neverAnswers(), text('quick')] });
    const auth = rotating(credentials('1', first));
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, auth, clock, retry: { retries: 0 } });
    const arrived = endpoint.nextRequest();
    const outcome = expect(llm.call('Hello')).rejects.toThrow('its client certificate was replaced 30 s ago');
    const request = await arrived;
    auth.now = credentials('2', second);
    await llm.call('Hello');
    await clock.advance(29_999);
    expect(endpoint.closed()).not.toContain(request);
    await clock.advance(1);
    await endpoint.whenClosed(request);
    await outcome;
  });

  it('rejects a certificate that does not match its key with a ConfigurationError and keeps the previous one', async () => {
    await using endpoint = await mutual({ respond: () => text('Hello') });
    const auth = rotating(credentials('1', first));
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, auth });
    await llm.call('Hello');
    auth.now = { id: '2', cert: first.chain, key: second.key };
    const failed = llm.call('Hello');
    await expect(failed).rejects.toBeInstanceOf(ConfigurationError);
    await expect(failed).rejects.not.toThrow('PRIVATE KEY');
    await expect(llm.ready()).rejects.toBeInstanceOf(ConfigurationError);
    auth.now = credentials('1', first);
    await llm.call('Hello');
    expect(shown(endpoint)).toEqual([first.fingerprint256, first.fingerprint256]);
  });

  it('lets connection credentials replace all trusted authorities', async () => {
    await using endpoint = await mutual({ respond: () => text('Hello') });
    const ca = [endpoint.ca ?? ''];
    await using trusting = new HttpLLM({ endpoint: endpoint.url, auth: rotating({ ...credentials('1', first), ca }) });
    expect(await trusting.call('Hello')).toBe('Hello');
    const auth = rotating({ ...credentials('1', first), ca: [authority.certificate] });
    await using wary = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, auth });
    await expect(wary.call('Hello')).rejects.toThrow('is not trusted');
  });

  it('passes the connection credentials to the other authenticators', async () => {
    await using endpoint = await mutual({ path: '*', respond: () => text('Hello') });
    const seen: unknown[] = [];
    const bound: Authenticator = {
      name: 'bound token',
      async authenticate(request, { connection, fetch }) {
        seen.push(connection?.id);
        const token = await fetch(`${endpoint.origin}/token`, { method: 'POST', body: 'grant_type=x' });
        request.setHeader('x-token-status', String(token.status));
      },
    };
    const auth = rotating(credentials('1', first));
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, auth: [auth, bound] });
    await llm.call('Hello');
    expect(seen).toEqual(['1']);
    expect(endpoint.requests.map(({ path }) => path)).toEqual(['/token', '/']);
    expect(new Set(shown(endpoint))).toEqual(new Set([first.fingerprint256]));
    expect(endpoint.requests[1]?.headers['x-token-status']).toBe('200');
  });

  it('waits for a certificate that is returned as a promise', async () => {
    await using endpoint = await mutual({ respond: () => text('Hello') });
    const auth: Authenticator = {
      name: 'slow',
      authenticate: () => undefined,
      connection: async () => {
        await new Promise(resolve => setImmediate(resolve));
        return credentials('1', first);
      },
    };
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, auth });
    await llm.ready();
    expect(endpoint.connections.total).toBe(0);
    expect(await llm.call('Hello')).toBe('Hello');
  });
});
