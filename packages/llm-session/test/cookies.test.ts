import { CredentialError } from '@crew/core';
import { manualClock, startEndpoint, text, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { HttpLLM, jsonLogin, SessionLLM, session } from '../src/index.ts';
import { tryLogin } from './page-login.ts';

const resources = trackResources();
afterAll(() => resources.check());

/** Returns the `cookie` header of a request to `endpoint` after a login that set these cookies. */
async function sentAfter(setCookie: readonly string[], endpoint?: string): Promise<string> {
  const headers = setCookie.map(line => ['set-cookie', line] as [string, string]);
  const auth = session({ login: async ({ fetch }) => void (await fetch('/auth/login', { method: 'POST' })) });
  const sent = await tryLogin(auth, () => new Response('{}', { headers }), endpoint);
  return CredentialError.isInstance(sent) ? '' : (sent['cookie'] ?? '');
}

describe('cookie scoping [S84, T25]', () => {
  const long = 'x'.repeat(4096);
  it.each<[what: string, setCookie: string, sent: string]>([
    ['a host-only cookie is sent back', 'a=1', ''],
    ['with a path that is a prefix of the endpoint’s', 'a=1; Path=/v1', 'a=1'],
    ['a path matches only whole segments', 'a=1; Path=/v', ''],
    ['a path below the endpoint’s does not match', 'a=1; Path=/v1/chat/deeper', ''],
    ['an invalid path means the folder of the login', 'a=1; Path=auth', ''],
    ['its own domain', 'a=1; Path=/; Domain=llm.corp.example', 'a=1'],
    ['a parent domain', 'a=1; Path=/; Domain=.corp.example', 'a=1'],
    ['a subdomain', 'a=1; Path=/; Domain=deeper.llm.corp.example', ''],
    ['a sibling domain', 'a=1; Path=/; Domain=mail.corp.example', ''],
    ['an unrelated domain', 'a=1; Path=/; Domain=corp.test', ''],
    ['a domain with the same ending', 'a=1; Path=/; Domain=m.corp.example', ''],
    ['a public suffix', 'a=1; Path=/; Domain=example', ''],
    ['Secure over https', 'a=1; Path=/; Secure', 'a=1'],
    ['HttpOnly and SameSite', 'a=1; Path=/; HttpOnly; SameSite=Strict', 'a=1'],
    ['Max-Age=0', 'a=1; Path=/; Max-Age=0', ''],
    ['a negative Max-Age', 'a=1; Path=/; Max-Age=-1', ''],
    ['an enormous Max-Age', 'a=1; Path=/; Max-Age=99999999999999999999', 'a=1'],
    ['a date in the past', 'a=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT', ''],
    ['Max-Age takes precedence over Expires', 'a=1; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'a=1'],
    ['an invalid date', 'a=1; Path=/; Expires=tomorrow', 'a=1'],
    ['__Host- with all required attributes', '__Host-a=1; Path=/; Secure', '__Host-a=1'],
    ['__Host- without Secure', '__Host-a=1; Path=/', ''],
    ['__Host- with a domain', '__Host-a=1; Path=/; Secure; Domain=llm.corp.example', ''],
    ['__Host- with another path', '__Host-a=1; Path=/v1; Secure', ''],
    ['__Secure- with Secure', '__Secure-a=1; Path=/; Secure', '__Secure-a=1'],
    ['__Secure- without', '__Secure-a=1; Path=/', ''],
    ['__host- in lower case without Secure [X31]', '__host-a=1; Path=/', ''],
    ['__HOST- in upper case with a domain [X31]', '__HOST-a=1; Path=/; Secure; Domain=llm.corp.example', ''],
    ['__hOsT- with another path [X31]', '__hOsT-a=1; Path=/v1; Secure', ''],
    ['__host- with all required attributes [X31]', '__host-a=1; Path=/; Secure', '__host-a=1'],
    ['__SECURE- without Secure [X31]', '__SECURE-a=1; Path=/', ''],
    ['__Http- without HttpOnly [X31]', '__Http-a=1; Path=/; Secure', ''],
    ['__Http- with all required attributes [X31]', '__Http-a=1; Path=/; Secure; HttpOnly', '__Http-a=1'],
    ['__Host-Http- without HttpOnly [X31]', '__Host-Http-a=1; Path=/; Secure', ''],
    ['more than 4,096 bytes', `a=${long}; Path=/`, ''],
    ['bytes that are invalid in a header', 'a=caf\u00e9; Path=/', ''],
    ['no name', '=1; Path=/', ''],
    ['a word without a name', 'abc; Path=/', ''],
    ['nothing', '', ''],
    ['attributes in any case and order', 'a=1; secure; HTTPONLY; path=/; MAX-AGE=60', 'a=1'],
    ['quotes are part of the value', 'a="1"; Path=/', 'a="1"'],
  ])('the request carries the cookies that RFC 6265 allows: %s', async (_what, setCookie, sent) => {
    expect(await sentAfter(setCookie === '' ? [] : [setCookie])).toBe(sent);
  });

  it('a host that is a public suffix cannot set a cookie for its subdomains', async () => {
    expect(await sentAfter(['a=1; Path=/; Domain=co.uk'], 'https://co.uk/v1/chat')).toBe('');
    expect(await sentAfter(['a=1; Path=/'], 'https://co.uk/v1/chat')).toBe('a=1');
  });

  it('Secure cookies are neither stored nor sent over plain http, even on loopback', async () => {
    expect(await sentAfter(['a=1; Path=/; Secure'], 'http://127.0.0.1:8080/v1/chat')).toBe('');
  });

  it('an IP address has no parent domain', async () => {
    expect(await sentAfter(['a=1; Path=/; Domain=0.0.1'], 'https://127.0.0.1/v1/chat')).toBe('');
    expect(await sentAfter(['a=1; Path=/'], 'https://[::1]:8443/v1/chat')).toBe('a=1');
  });

  it('cookies with longer paths are sent first, then older cookies (RFC 6265, section 5.4)', async () => {
    const cookies = ['short=1; Path=/', 'long=2; Path=/v1', 'short2=3; Path=/'];
    expect(await sentAfter(cookies)).toBe('long=2; short=1; short2=3');
  });

  it('the last cookie of a name, domain and path replaces the earlier ones', async () => {
    expect(await sentAfter(['a=1; Path=/', 'a=2; Path=/'])).toBe('a=2');
    expect(await sentAfter(['a=1; Path=/', 'a=; Path=/; Max-Age=0', 'b=1; Path=/'])).toBe('b=1');
  });

  it('the first 50 of 1,000 cookies are stored', async () => {
    const sent = await sentAfter(Array.from({ length: 1000 }, (_, index) => `c${index}=1; Path=/`));
    expect(sent.split('; ')).toHaveLength(50);
    expect(sent).toContain('c49=1');
  });

  it.each([
    ['replace it', 'sid=evil; Path=/', 'sid=good'],
    ['remove it', 'sid=; Path=/; Max-Age=0', 'sid=good'],
    ['shadow it with a longer path', 'sid=evil; Path=/v1', 'sid=good'],
    ['shadow it with a parent domain', 'sid=evil; Path=/; Domain=corp.example', 'sid=good'],
    ['prevent a cookie of another name', 'other=1; Path=/', 'sid=good; other=1'],
  ])('a response over http cannot %s if a Secure cookie is stored [X31]', async (_what, setCookie, sent) => {
    const answers = new Map([
      ['https://llm.corp.example/login', 'sid=good; Path=/; Secure'],
      ['http://llm.corp.example/login', setCookie],
    ]);
    const auth = session({
      origins: ['http://llm.corp.example'],
      login: async ({ fetch }) => {
        for (const url of answers.keys()) await fetch(url);
      },
    });
    const answer = ({ url }: Request) => new Response('', { headers: { 'set-cookie': answers.get(url) ?? '' } });
    expect(await tryLogin(auth, answer)).toEqual({ cookie: sent });
  });
});

describe('the cookies of a session', () => {
  const login = jsonLogin({ url: '/login' });
  const account = { username: 'ada', password: 'a password' };

  it('the cookies follow the Set-Cookie headers of every response', async () => {
    await using endpoint = await startEndpoint({
      path: '*',
      replies: [
        { headers: { 'set-cookie': 'sid=first; Path=/' } },
        text('one', { headers: { 'set-cookie': ['sid=second; Path=/', 'extra=1; Path=/'] } }),
        text('two', { headers: { 'set-cookie': 'extra=; Path=/; Max-Age=0' } }),
        text('three'),
      ],
    });
    await using llm = new SessionLLM({ endpoint: `${endpoint.origin}/chat`, ...account, login });
    for (const _ of [1, 2, 3]) await llm.call('hi');
    const sent = endpoint.requests.map(({ headers }) => headers['cookie']);
    expect(sent).toEqual([undefined, 'sid=first', 'sid=second; extra=1', 'sid=second']);
  });

  it('a cookie expires after its Max-Age, counted from its arrival and not from its last use', async () => {
    const sid = (value: string) => ({ headers: { 'set-cookie': `sid=${value}; Path=/; Max-Age=60` } });
    const replies = [sid('first'), text('one'), text('two'), sid('second'), text('three')];
    await using endpoint = await startEndpoint({ path: '*', replies });
    const clock = manualClock({ wall: Date.now() });
    await using llm = new SessionLLM({ endpoint: `${endpoint.origin}/chat`, ...account, login, clock });
    await llm.call('hi');
    await clock.advance(40_000);
    await llm.call('hi');
    await clock.advance(25_000);
    await llm.call('hi');
    const sent = endpoint.requests.map(({ headers }) => headers['cookie']);
    expect(sent).toEqual([undefined, 'sid=first', 'sid=first', undefined, 'sid=second']);
  });

  it('a session ends when the cookie with the CSRF token expires', async () => {
    const cookies = (token: string) => ({
      headers: { 'set-cookie': ['sid=0123456789; Path=/', `xsrf=${token}; Path=/; Max-Age=60`] },
    });
    const replies = [cookies('first-token'), text('one'), cookies('second-token'), text('two')];
    await using endpoint = await startEndpoint({ path: '*', replies });
    const clock = manualClock({ wall: Date.now() });
    const csrf = { from: { cookie: 'xsrf' } };
    await using llm = new SessionLLM({ endpoint: `${endpoint.origin}/chat`, ...account, login, csrf, clock });
    await llm.call('hi');
    await clock.advance(60_000);
    await llm.call('hi');
    const sent = endpoint.requests.map(({ headers }) => headers['x-csrf-token']);
    expect(sent).toEqual([undefined, 'first-token', undefined, 'second-token']);
  });

  it('a session keeps at most 50 cookies and reports in an event that the server set more [X31]', async () => {
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => `c${from + index}=value-${from + index}; Path=/`);
    await using endpoint = await startEndpoint({
      path: '*',
      replies: [
        { headers: { 'set-cookie': many(0, 49) } },
        text('one', { headers: { 'set-cookie': many(49, 1) } }),
        text('two', { headers: { 'set-cookie': many(50, 3) } }),
        text('three'),
      ],
    });
    await using llm = new SessionLLM({ endpoint: `${endpoint.origin}/chat`, ...account, login });
    const failures: string[] = [];
    llm.on('credential', event => {
      if (event.action === 'failed') failures.push(event.error?.message ?? '');
    });
    for (const _ of [1, 2, 3]) await llm.call('hi');
    expect(failures).toEqual([expect.stringMatching(/set more cookies than the 50 that a session keeps: 3 more/)]);
    expect(endpoint.requests.at(-1)?.headers['cookie']?.split('; ')).toHaveLength(50);
    expect(endpoint.requests.at(-1)?.headers['cookie']).not.toContain('value-50');
  });

  it('the cookies of two ports of one host are kept apart [S84]', async () => {
    const replies = (sid: string) => [{ headers: { 'set-cookie': `sid=${sid}; Path=/` } }, text('hello')];
    await using one = await startEndpoint({ path: '*', replies: replies('one') });
    await using two = await startEndpoint({ path: '*', replies: replies('two') });
    const auth = session({ ...account, login });
    await using first = new HttpLLM({ endpoint: `${one.origin}/chat`, auth });
    await using second = new HttpLLM({ endpoint: `${two.origin}/chat`, auth });
    await first.call('hi');
    await second.call('hi');
    expect(one.requests.map(({ headers }) => headers['cookie'])).toEqual([undefined, 'sid=one']);
    expect(two.requests.map(({ headers }) => headers['cookie'])).toEqual([undefined, 'sid=two']);
  });
});
