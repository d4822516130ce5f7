import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { CrewEvent } from '@crew/core';
import {
  createLeakHarness,
  type Endpoint,
  json,
  type Reply,
  runFailingScenarios,
  scenarioClient,
  startEndpoint,
  status,
  text,
  trackResources,
} from '@crew/llm-testkit';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import {
  clientSecretBasic,
  clientSecretJwt,
  clientSecretPost,
  customGrant,
  jwtBearer,
  memoryTokenStore,
  OAuthLLM,
  oauth,
  refreshToken,
  tokenExchange,
} from '../src/index.ts';

const resources = trackResources();
afterAll(() => resources.check());

/** Secrets that the test searches for. */
const sentinel = (name: string): string => `SENTINEL-${name}-${randomBytes(16).toString('hex')}`;
const secret = sentinel('client-secret');
const access = sentinel('access-token');
const refresh = sentinel('refresh-token');
const next = sentinel('next-refresh-token');
const subject = sentinel('subject');
const assertion = sentinel('assertion');
const SECRETS = [secret, access, refresh, next, subject, assertion];

let server: Endpoint;
let answer: Reply | ((sent: string) => Reply);
beforeEach(async () => {
  server = await startEndpoint({
    tls: true,
    path: '*',
    respond: ({ path, body, headers }) => {
      if (!path.startsWith('/token') && !path.startsWith('/revoke')) return text('Hello.');
      return typeof answer === 'function' ? answer(everythingIn(body, headers['authorization'])) : answer;
    },
  });
});
afterEach(() => server.close());

const good = { access_token: access, token_type: 'Bearer', expires_in: 60, refresh_token: next };
/** Returns every value that the server received, in several encodings, as a server could repeat it. */
function everythingIn(body: string, authorization = ''): string {
  const basic = decodeURIComponent(Buffer.from(authorization.slice(6), 'base64').toString());
  const values = [...new URLSearchParams(body).values(), authorization, ...basic.split(':')].filter(
    one => one.length > 3,
  );
  return values.flatMap(one => [one, encodeURIComponent(one), Buffer.from(one).toString('base64')]).join(' ');
}
const answers: Readonly<Record<string, Reply | ((sent: string) => Reply)>> = {
  'a refusal that repeats everything': sent =>
    json({ error: 'invalid_grant', error_description: `${sent} ${access} ${next}`, ...good }, { status: 400 }),
  'an error code that is a secret': sent => json({ error: sent.split(' ')[1] }, { status: 400 }),
  'HTML that repeats everything': sent =>
    status(500, { headers: { 'content-type': 'text/html' }, body: `<p>${sent}</p>` }),
  'a token of the wrong type': json({ ...good, token_type: access }),
  'no token': json({ ...good, access_token: undefined }),
  'a token with a line break': json({ ...good, access_token: `${access}\n` }),
  'a wrong lifetime': json({ ...good, expires_in: access }),
  'a scope that is not a string': json({ ...good, scope: [access] }),
  'a redirect with a secret': status(302, { headers: { location: `https://x.example/?token=${access}` } }),
};

const grants = {
  'refresh token': () => refreshToken(refresh),
  'token exchange': () => tokenExchange({ subject: { token: subject, type: 'jwt' } }),
  'JWT bearer': () => jwtBearer({ assertion }),
  custom: () => customGrant({ type: 'urn:x', parameters: { password: assertion } }),
};

const authentications = { basic: clientSecretBasic, post: clientSecretPost, jwt: clientSecretJwt };

test.each(Object.keys(answers))(
  'no error, event or printed object contains a secret after %s [T27, T28, T34]',
  async name => {
    answer = answers[name] ?? status(500);
    for (const [index, grant] of Object.values(grants).entries()) {
      const authentication = Object.values(authentications)[index % 3] ?? clientSecretBasic;
      const events: CrewEvent[] = [];
      const llm = new OAuthLLM({
        endpoint: `${server.origin}/v1`,
        ca: server.ca,
        retry: { retries: 0 },
        issuer: server.origin,
        tokenEndpoint: `${server.origin}/token`,
        revocationEndpoint: `${server.origin}/revoke`,
        clientId: 'crew',
        clientAuthentication: authentication(secret),
        grant: grant(),
      });
      llm.on('credential', event => events.push(event));
      const error = await llm
        .call('Hi', { callbacks: [event => events.push(event)] })
        .catch((thrown: unknown) => thrown);
      const again = await llm.call('Hi').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'CredentialError' });
      for (const thrown of [error, again, events, llm, grant(), authentication(secret)]) expectNoSecret(thrown);
      await llm.close();
    }
  },
);

test('failing calls show neither the access token nor the credentials that obtained it [T27, T28, T33, T34]', async () => {
  const harness = createLeakHarness();
  const planted = Object.fromEntries(
    ['client secret', 'access token', 'refresh token', 'next refresh token'].map(label => [
      label,
      harness.sentinel(label),
    ]),
  );
  const { 'client secret': own = '', 'access token': token, 'refresh token': given = '' } = planted;
  const issued = {
    access_token: token,
    refresh_token: planted['next refresh token'],
    token_type: 'Bearer',
    expires_in: 60,
  };
  await using tokens = await startEndpoint({ path: '/token', respond: () => json(issued) });
  await runFailingScenarios(harness, setting => {
    const options = {
      issuer: tokens.origin,
      tokenEndpoint: `${tokens.origin}/token`,
      clientId: 'crew',
      clientAuthentication: clientSecretBasic(own),
      grant: refreshToken(given),
    };
    const llm = new OAuthLLM({ ...setting, retry: { retries: 1, baseDelay: 0 }, ...options });
    const hasCredentials = ({ headers }: { headers: Readonly<Record<string, string>> }): boolean =>
      headers['authorization'] === `Bearer ${token}`;
    return scenarioClient({ llm, harness, hasCredentials, objects: [options, oauth(options)] });
  });
  harness.assertClean();
});

test('printing authenticators, stores and an LLM with a token shows no secret [T28]', async () => {
  answer = json(good);
  const store = memoryTokenStore();
  const options = { tokenEndpoint: `${server.origin}/token`, clientId: 'crew', clientSecret: secret, store } as const;
  const llm = new OAuthLLM({
    endpoint: `${server.origin}/v1`,
    ca: server.ca,
    ...options,
    grant: refreshToken(refresh),
  });
  expect(await llm.call('Hi')).toBe('Hello.');
  for (const value of [llm, store, oauth({ ...options, grant: refreshToken(refresh) })]) expectNoSecret(value);
  answer = sent => status(500, { body: sent });
  expectNoSecret(await llm.revoke().catch((thrown: unknown) => thrown));
  await llm.close();
});

function expectNoSecret(value: unknown): void {
  const shown = [
    inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: false }),
    JSON.stringify(value) ?? '',
    value instanceof Error ? `${value.stack}${String(value)}` : '',
  ].join('\n');
  for (const planted of SECRETS) {
    const bytes = Buffer.from(planted);
    for (const form of [
      planted,
      bytes.toString('base64').slice(0, -4),
      bytes.toString('hex'),
      encodeURIComponent(planted),
    ]) {
      expect(shown.includes(form), planted.slice(0, 20)).toBe(false);
    }
  }
}
