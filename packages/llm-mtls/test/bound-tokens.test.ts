import { AuthenticationError } from '@crew/core';
import { type Authenticator, HttpLLM } from '@crew/llm-http';
import { RenewingCredentials } from '@crew/llm-http/adapter';
import { json, manualClock, type RecordedRequest, startEndpoint, text } from '@crew/llm-testkit';
import { expect, it } from 'vitest';
import { clientCertificate } from '../src/index.ts';
import { temporaryFolder } from './fixtures/folder.ts';
import { createPki } from './fixtures/pki.ts';

const { authority, client } = await createPki();
const [first, second] = await Promise.all(['first', 'second'].map(commonName => client({ commonName })));
if (first === undefined || second === undefined) throw new Error('no certificates');

/** Issues access tokens that are bound to the certificate of the token request (RFC 8705, section 3). */
function boundToken(tokenUrl: string): Authenticator {
  let ask: typeof fetch = fetch;
  const tokens = new RenewingCredentials<string>({
    name: 'bound-token',
    obtain: async () => {
      const answer: unknown = await (await ask(tokenUrl, { method: 'POST' })).json();
      return { value: String(Reflect.get(Object(answer), 'access_token')), expiresAt: Date.now() + 3_600_000 };
    },
  });
  return {
    name: 'bound-token',
    async authenticate(request, context) {
      ask = context.fetch;
      const token = await tokens.of([context.connection?.id]).get(context.signal);
      request.setHeader('authorization', `Bearer ${token}`);
    },
    close: async () => tokens.close(),
  };
}

it('a token that is bound to the certificate is obtained again with the new certificate on the new connection', async () => {
  using folder = temporaryFolder();
  const asked: (string | undefined)[] = [];
  const thumbprint = ({ tls }: RecordedRequest) => tls?.peer?.fingerprint256;
  await using endpoint = await startEndpoint({
    tls: { authority },
    clientCertificate: 'require',
    path: '*',
    respond: request => {
      if (request.path === '/token') {
        asked.push(request.tls?.peer?.subject);
        return json({ access_token: thumbprint(request) });
      }
      // A resource server compares the certificate of the token with that of the connection (RFC 8705, section 3).
      return request.headers['authorization'] === `Bearer ${thumbprint(request)}` ? text('Hello') : { status: 401 };
    },
  });
  const clock = manualClock({ wall: Date.now() });
  const paths = folder.write({ certFile: first.chain, keyFile: first.key });
  const certificate = clientCertificate({ ...paths, ca: authority.certificate, clock });
  const options = { endpoint: `${endpoint.origin}/v1`, clock, retry: { retries: 0 } };
  await using llm = new HttpLLM({ ...options, auth: [certificate, boundToken(`${endpoint.origin}/token`)] });
  expect(await llm.call('Hi')).toBe('Hello');
  expect(await llm.call('Hi')).toBe('Hello');
  folder.write({ certFile: second.chain, keyFile: second.key });
  await clock.advance(1_000);
  expect(await llm.call('Hi')).toBe('Hello');
  expect(asked).toEqual(['CN=first', 'CN=second']);
  expect(endpoint.requests.at(-1)?.tls?.peer?.subject).toBe('CN=second');
});

it('a 401 for the token neither blames the certificate nor loads another one', async () => {
  await using endpoint = await startEndpoint({
    tls: { authority },
    clientCertificate: 'require',
    respond: () => ({ status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }),
  });
  let loaded = 0;
  const load = () => {
    loaded += 1;
    return { cert: first.chain, key: first.key, ca: authority.certificate };
  };
  await using llm = new HttpLLM({ endpoint: endpoint.url, auth: clientCertificate({ load }) });
  await expect(llm.call('Hi')).rejects.toThrow(AuthenticationError);
  expect([loaded, endpoint.requests.length]).toEqual([1, 1]);
});
