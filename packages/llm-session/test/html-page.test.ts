import { ConfigurationError, CredentialError } from '@crew/core';
import { startEndpoint, text, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { formLogin, SessionLLM, session } from '../src/index.ts';
import { htmlPage, pageAnswer, tryLogin } from './page-login.ts';

const resources = trackResources();
afterAll(() => resources.check());

const account = { username: 'ada', password: 'secret-word' };
const FIELDS = '<input name="u"><input type="password" name="p">';
const FILLED = 'u=ada&p=secret-word';

/** Logs in with a page over real sockets, and returns the path and the body of the POST request. */
async function posted(page: string): Promise<{ readonly path: string; readonly body: string }> {
  await using server = await startEndpoint({
    path: '*',
    respond: ({ path, method }) => {
      if (path === '/chat') return text('hello');
      if (method === 'GET') return htmlPage(page);
      return { headers: { 'set-cookie': 'sid=0123456789; Path=/' } };
    },
  });
  const login = formLogin({ page: '/login/page' });
  await using llm = new SessionLLM({ endpoint: `${server.origin}/chat`, ...account, login });
  expect(await llm.call('hi')).toBe('hello');
  const request = server.requests.find(({ method, path }) => method === 'POST' && path !== '/chat');
  return { path: request?.path ?? '', body: request?.body.toString() ?? '' };
}

describe('the form of a login page', () => {
  it.each([
    [
      'hidden fields, with character references',
      '<input type=hidden name="t" value="a&amp;b&#39;&copy=1">',
      't=a%26b%27%26copy%3D1',
    ],
    ['text that is there', '<input name=realm value=corp>', 'realm=corp'],
    [
      'checked boxes',
      '<input type=checkbox name=a checked><input type=checkbox name=b><input type=radio name=c value=2 checked>',
      'a=on&c=2',
    ],
    [
      'a hidden field and a checkbox of the same name',
      '<input type=hidden name=r value=0><input type=checkbox name=r value=1 checked>',
      'r=0&r=1',
    ],
    ['the selected option', '<select name=s><option value=1>one<option value=2 selected>two</select>', 's=2'],
    [
      'the first option that is not disabled',
      '<select name=s><option disabled>x<option> two \n words </select>',
      's=two+words',
    ],
    [
      'each selected option of several',
      '<select name=s multiple><option selected>1</option><option>2</option><option selected>3</option></select>',
      's=1&s=3',
    ],
    [
      'a text area without its first line break',
      '<textarea name=t>\na &lt;b&gt;<input name=no>\nc</textarea>',
      't=a+%3Cb%3E%3Cinput+name%3Dno%3E%0D%0Ac',
    ],
    [
      'its first named button',
      '<button type=button name=x>x</button><button>y</button><button name=go value=1>z</button><input type=submit name=no>',
      'go=1',
    ],
    [
      'no disabled controls',
      '<input type=hidden name=a value=1 disabled><select name=b disabled><option>1</select>',
      '',
    ],
    ['nothing of files and resets', '<input type=file name=f><input type=reset name=r><input type=image name=i>', ''],
    [
      'no controls in templates, comments, scripts and pictures',
      '<template><input name=a></template><!--<input name=b>--><script>"<input name=c>"</script><svg><input name=d /></svg><noscript><input name=e></noscript>',
      '',
    ],
    [
      'fields after pictures that have a title',
      '<svg><title>a<b>b</title></svg><math><mi>x</mi></math><svg/><input type=hidden name=t value=1>',
      't=1',
    ],
    [
      'fields in the HTML part of a picture',
      '<svg><foreignObject><input type=hidden name=t value=1></foreignObject></svg>',
      't=1',
    ],
    ['fields after an unclosed picture', '<div><svg><path></div><input type=hidden name=t value=1>', 't=1'],
  ])('a submitted form contains %s [X6]', async (_what, controls, body) => {
    const sent = await posted(`<!doctype html><form method="post" action="/in">${controls}${FIELDS}</form>`);
    expect(sent).toEqual({ path: '/in', body: [body, FILLED].filter(part => part !== '').join('&') });
  });

  it.each([
    [
      'if its controls are elsewhere on the page and name it',
      `<form id=f method=post action=/in></form><input name=t value=1 form=f><input name=u form=f><input type=password name=p form=f>`,
      `t=1&${FILLED}`,
    ],
    [
      'without controls that name another form',
      `<form id=g></form><form method=post action=/in><input name=no form=g><input name=no form=none>${FIELDS}</form>`,
      FILLED,
    ],
    [
      'if a table splits it',
      `<table><form method=post action=/in><tr><td><input name=t value=1></td></tr><tr><td>${FIELDS}</td></tr></form></table>`,
      `t=1&${FILLED}`,
    ],
    [
      'around a nested form, which is ignored',
      `<form method=post action=/in><form action=/no><input name=t value=1>${FIELDS}</form>`,
      `t=1&${FILLED}`,
    ],
    [
      'after forms without a password',
      `<form action=/search><input name=q></form><form method=POST action=/in>${FIELDS}</form>`,
      FILLED,
    ],
    [
      'with an action relative to the base of the page',
      `<base href="/in"><base href="/no"><form method=post action="?">${FIELDS}</form>`,
      FILLED,
    ],
  ])('the login form is found %s [X6]', async (_what, page, body) => {
    expect(await posted(page)).toEqual({ path: expect.stringMatching(/^\/in\??$/), body });
  });

  it('a form without an action is posted to the page itself, whatever its base', async () => {
    const page = `<base href="/elsewhere/"><form method=post>${FIELDS}</form>`;
    expect(await posted(page)).toEqual({ path: '/login/page', body: FILLED });
  });

  it('a form is not posted to another origin that the base of the page names', async () => {
    const page = `<base href="https://evil.example/"><form method=post action="in">${FIELDS}</form>`;
    await expect(posted(page)).rejects.toThrow(/The login tried to send a request to https:\/\/evil\.example/);
  });
});

describe('a hostile login page', () => {
  it('a page with formatting elements of any depth is read [X6]', async () => {
    const bomb = Array.from({ length: 8_000 }, (_, index) => `<b a=${index}><p>`).join('');
    expect(await posted(`${bomb}<form method=post action=/in>${FIELDS}</form>`)).toEqual({ path: '/in', body: FILLED });
  });

  it.each([
    ['more than 10,000 controls', '<input>'.repeat(10_001), /more than 10000 form controls/],
    ['more than 10,000 options', `<select>${'<option>'.repeat(10_001)}`, /more than 10000 form controls/],
    ['more than 10,000 forms', '<form></form>'.repeat(10_001), /more than 10000 form controls/],
    ['pictures nested more than 256 deep', '<svg>'.repeat(257), /more than 256 deep/],
  ])('a page with %s is refused with a clear error [X6]', async (_what, page, message) => {
    const auth = session({ login: formLogin({ page: '/login' }), ...account });
    const outcome = await tryLogin(auth, () => pageAnswer(page + FIELDS));
    expect(CredentialError.isInstance(outcome) && outcome.message).toMatch(message);
  });

  it('a page of more than 4 MiB is not read to its end', async () => {
    await using server = await startEndpoint({ path: '*', respond: () => htmlPage(' '.repeat(4_194_305)) });
    const login = formLogin({ page: '/login' });
    await using llm = new SessionLLM({ endpoint: `${server.origin}/chat`, ...account, login });
    await expect(llm.call('hi')).rejects.toThrow('4194304 bytes');
  });

  it('the form of an https page is not posted over plain http', async () => {
    const asked: string[] = [];
    const endpoint = 'https://llm.corp.example/v1/chat';
    const origins = ['http://llm.corp.example', 'http://127.0.0.1:8080'];
    for (const target of [...origins, 'http:']) {
      const auth = session({ login: formLogin({ page: '/login' }), ...account, origins });
      const answer = ({ method, url }: Request): Response => {
        asked.push(`${method} ${url}`);
        return pageAnswer(`<form method=post action="${target}/in">${FIELDS}</form>`);
      };
      const failure = await tryLogin(auth, answer, endpoint).catch((thrown: unknown) => thrown);
      expect(ConfigurationError.isInstance(failure) && failure.message).toMatch(
        /over plain http|tried to send a request to/,
      );
    }
    expect(asked.filter(one => one.startsWith('POST'))).toEqual([]);
  });
});
