import { CredentialError, type CrewEvent } from '@crew/core';
import {
  huge,
  json,
  manualClock,
  type Reply,
  redirect,
  startEndpoint,
  status,
  text,
  withContentType,
} from '@crew/llm-testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OAuthLLMOptions, oauth } from '../src/index.ts';
import { type Fixture, SECRET, startFixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const GOOD = { access_token: 'abc', token_type: 'Bearer', expires_in: 60 };
const byHand = (): Partial<OAuthLLMOptions> => ({
  issuer: undefined,
  tokenEndpoint: fixture.server.tokenEndpoint,
  clientSecret: SECRET,
});

/** Returns the error of a call when the token endpoint returns this response. */
async function errorOf(reply: Reply, options: Partial<OAuthLLMOptions> = {}): Promise<CredentialError> {
  fixture.server.fault(reply);
  await using llm = fixture.llm({ ...byHand(), ...options });
  const error = await llm.call('Hi').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CredentialError);
  return error as CredentialError;
}

/** Returns the `authorization` header of a call when the token endpoint returns this response. */
async function headerOf(reply: Reply): Promise<string | undefined> {
  await using endpoint = await startEndpoint({
    tls: { authority: fixture.server.authority },
    replies: [text('Hello.')],
  });
  fixture.server.fault(reply);
  await using llm = fixture.llm({ ...byHand(), endpoint: endpoint.url });
  await llm.call('Hi');
  return endpoint.requests[0]?.headers['authorization'];
}

test.each([
  'http://idp.example/token',
  'http://10.0.0.1/token',
  'http://localhost.evil/t',
  'http://127.0.0.1.nip.io/t',
  'http://[::ffff:127.0.0.1]/t',
  'ftp://idp.example/t',
  'not a url',
  'https://user:pw@idp.example/t',
  'https://idp.example/t#f',
])('the token endpoint %s is refused [S6, T4]', tokenEndpoint => {
  expect(() => oauth({ tokenEndpoint, clientId: 'a', clientSecret: SECRET })).toThrow(/^tokenEndpoint must/);
});

test.each(['http://localhost:1/t', 'http://127.0.0.1:1/t', 'http://[::1]:1/t'])(
  'the loopback token endpoint %s is accepted [S6]',
  url => {
    expect(oauth({ tokenEndpoint: url, clientId: 'a', clientSecret: SECRET }).name).toBe('oauth');
  },
);

test('unknown members are ignored and a token may be large [S7]', async () => {
  const access_token = 'x'.repeat(10_000);
  expect(await headerOf(json({ ...GOOD, access_token, foo: { bar: 1 }, id_token: 'not a JWT' }))).toBe(
    `Bearer ${access_token}`,
  );
});

test.each([
  [{ ...GOOD, access_token: undefined }, 'access_token'],
  [{ ...GOOD, access_token: '' }, 'access_token'],
  [{ ...GOOD, token_type: undefined }, 'token_type'],
  [[GOOD], 'not a JSON object'],
])('the token response %j is refused [S7]', async (body, complaint) => {
  expect((await errorOf(json(body))).message).toContain(complaint);
});

test('the token_type is compared without case, and an unknown or inherited one is refused [S8]', async () => {
  expect(await headerOf(json({ ...GOOD, token_type: 'bEARER' }))).toBe('Bearer abc');
  for (const token_type of ['mac', 'DPoP', 'constructor', '__proto__', 'N_A']) {
    expect((await errorOf(json({ ...GOOD, token_type }))).message).toContain('token_type is not Bearer');
  }
});

test.each([
  [undefined, 300],
  [null, 300],
  ['3600', 3600],
  [3600, 3600],
  [1e20, 31_536_000],
])('expires_in %j is a lifetime of %i seconds [S9]', async (expires_in, seconds) => {
  const clock = manualClock({ wall: Date.now() });
  const events: CrewEvent[] = [];
  fixture.server.fault(json({ ...GOOD, expires_in }));
  await using llm = fixture.llm({ ...byHand(), clock });
  await llm.call('Hi', { callbacks: [event => events.push(event)] }).catch(() => undefined);
  const obtained = events.find(event => event.type === 'credential' && event.action === 'obtained');
  expect(obtained).toMatchObject({ expiresAt: clock.wall() + seconds * 1000 });
});

test.each([0, -1, 'soon', '12abc', {}, true, Number.NaN])('expires_in %j is refused [S9]', async expires_in => {
  const body = Number.isNaN(expires_in)
    ? status(200, {
        headers: { 'content-type': 'application/json' },
        body: '{"access_token":"abc","token_type":"Bearer","expires_in":NaN}',
      })
    : json({ ...GOOD, expires_in });
  expect((await errorOf(body)).message).toMatch(/expires_in|not a JSON object/);
});

test('a narrower scope is reported by an event, and the token is used [S10]', async () => {
  const events: CrewEvent[] = [];
  fixture.server.fault(json({ ...GOOD, scope: 'chat' }));
  await using endpoint = await startEndpoint({
    tls: { authority: fixture.server.authority },
    replies: [text('Hello.')],
  });
  await using llm = fixture.llm({ ...byHand(), endpoint: endpoint.url, scope: 'chat models' });
  llm.on('oauth-scope', event => events.push(event));
  expect(await llm.call('Hi')).toBe('Hello.');
  expect(events).toMatchObject([{ granted: ['chat'], missing: ['models'], authenticator: 'oauth' }]);
});

test('error and description of an error response are reported, and nothing else of its body [S11]', async () => {
  const body = { error: 'invalid_scope', error_description: 'no such\nscope', hint: 'INNER' };
  const error = await errorOf(json(body, { status: 400 }));
  expect(error.message).toContain('invalid_scope (status 400)');
  expect(error.message).toContain('"no such scope"');
  expect(JSON.stringify(error)).not.toContain('INNER');
  expect(error.terminal).toBe(true);
});

test('one line of at most 300 characters of a description is reported [S11, X16]', async () => {
  const error_description = `first\u001b[31m\r\nsecond \u202e${'x'.repeat(100_000)}`;
  const { message } = await errorOf(json({ error: 'invalid_scope', error_description }, { status: 400 }));
  const said = /The server said: "(.*)"/.exec(message)?.[1] ?? '';
  expect(said).toMatch(/^first \[31m second x+…$/);
  expect(said).toHaveLength(301);
});

test.each([
  ['a scope of more than 1,000 values', { scope: 'a '.repeat(1_001) }, 'its scope has more than 1000 values'],
  ['a token of more than 64 KiB', { access_token: 'x'.repeat(65_537) }, 'its token is longer than 65536 characters'],
])('a token response with %s is refused [S9]', async (_what, members, complaint) => {
  expect((await errorOf(json({ ...GOOD, ...members }))).message).toContain(complaint);
});

test('unused members of a token response may be nested to any depth [X10]', async () => {
  const body = JSON.stringify({ ...GOOD, further: 'deep' }).replace(
    '"deep"',
    `${'['.repeat(400_000)}${']'.repeat(400_000)}`,
  );
  const reply = { headers: { 'content-type': 'application/json' }, body };
  expect(await headerOf(reply)).toBe('Bearer abc');
});

test('at most 1 MiB of a token response is read, and its connection is closed [X16]', async () => {
  fixture.server.fault(huge(64 * 1_048_576));
  const request = fixture.server.front.nextRequest();
  await using llm = fixture.llm({ ...byHand() });
  const failure = llm.call('Hi').catch((thrown: unknown) => thrown);
  await fixture.server.front.whenClosed(await request);
  expect(await failure).toMatchObject({ message: expect.stringContaining('At most 1 MiB') });
});

test('a null description and an error that is not printable ASCII are tolerated [S11]', async () => {
  expect((await errorOf(json({ error: 'invalid_grant', error_description: null }, { status: 400 }))).terminal).toBe(
    true,
  );
  expect((await errorOf(json({ error: 'a\nb"' }, { status: 400 }))).message).toContain('an unreadable error');
});

test('an HTML error page is a non-terminal error that does not show the page [S11]', async () => {
  const error = await errorOf(
    status(403, { headers: { 'content-type': 'text/html' }, body: '<html>Forbidden</html>' }),
  );
  expect(error.message).toContain('status 403 and a body that is not an OAuth error');
  expect(error.message).not.toContain('<');
  expect(error.terminal).toBe(false);
});

test('a 200 with an error is an error [S12]', async () => {
  expect((await errorOf(json({ ...GOOD, error: 'invalid_scope' }))).message).toContain('invalid_scope (status 200)');
});

test('the content type of a token response must be JSON, with any parameters [S14]', async () => {
  expect(await headerOf(withContentType(json(GOOD), 'application/json; charset=UTF-8'))).toBe('Bearer abc');
  expect((await errorOf(withContentType(json(GOOD), 'text/html'))).message).toContain('text/html');
  expect((await errorOf(huge(1_100_000))).message).toContain('1 MiB');
});

test.each(['a\nb', 'a b', ' leading', 'a\u0000', 'ä', 'a\r\nx-evil: 1'])(
  'the token %j is refused without being shown [S33]',
  async access_token => {
    const error = await errorOf(json({ ...GOOD, access_token }));
    expect(error.terminal).toBe(true);
    expect(error.message).not.toContain(access_token);
  },
);

test.each([301, 302, 303, 307, 308])('a redirect (%i) of the token endpoint is not followed [T1]', async code => {
  await using sink = await startEndpoint({
    tls: { authority: fixture.server.authority },
    path: '*',
    respond: () => text('x'),
  });
  const error = await errorOf(redirect(code as 307, `${sink.origin}/steal?x=1`));
  expect(error).toMatchObject({ terminal: true, message: expect.stringContaining(sink.origin) });
  expect(error.message).not.toContain('steal');
  expect(sink.requests).toHaveLength(0);
});

test('a secret that the server repeats is removed from its error [T34]', async () => {
  const basic = Buffer.from(`basic:${SECRET}`).toString('base64');
  const error_description = `bad ${SECRET} and ${encodeURIComponent(SECRET)} and ${basic} and ${Buffer.from(SECRET).toString('hex')}`;
  const { message } = await errorOf(json({ error: 'invalid_client', error_description }, { status: 401 }));
  expect(message).toContain('bad [redacted] and [redacted]');
  expect(message).not.toContain(SECRET);
  expect(message).not.toContain(Buffer.from(SECRET).toString('hex'));
});
