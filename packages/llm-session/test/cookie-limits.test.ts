import type { AuthContext, OutgoingRequest } from '@crew/llm-http/adapter';
import { type ManualClock, manualClock } from '@crew/llm-testkit';
import { describe, expect, test } from 'vitest';
import { type SessionStore, session } from '../src/index.ts';

const endpoint = 'https://llm.corp.example/v1/chat';
const day = 86_400_000;

/** Creates a session whose server sets these cookies at each login, and records the `cookie` headers of its requests. */
function openSession(options: { setCookie: readonly string[]; clock?: ManualClock; store?: SessionStore }) {
  const { setCookie, clock, store } = options;
  let logins = 0;
  const answer = (): Response =>
    new Response('{}', { headers: setCookie.map((line): [string, string] => ['set-cookie', line]) });
  const auth = session({
    login: async ({ fetch }) => {
      logins += 1;
      await fetch('/auth/login', { method: 'POST' });
    },
    ...(clock && { clock }),
    ...(store && { store }),
  });
  // No public name resolves to this machine, so the transport works without a network.
  auth.attach?.({ origin: new URL(endpoint).origin, fetch: async () => answer(), emit: () => undefined });
  const cookies = async (): Promise<readonly string[]> => {
    let sent = '';
    const request: OutgoingRequest = {
      method: 'POST',
      url: endpoint,
      headers: {},
      body: new Uint8Array(),
      setHeader: (name, value) => {
        if (name === 'cookie') sent = value;
      },
      setQuery: () => undefined,
      addSecret: () => undefined,
    };
    const context: AuthContext = {
      signal: new AbortController().signal,
      attempt: 1,
      renewed: false,
      authContext: undefined,
      connection: undefined,
      fetch: async () => answer(),
      emit: () => undefined,
    };
    await auth.authenticate(request, context);
    return sent === '' ? [] : sent.split('; ');
  };
  return { cookies, logins: () => logins, close: async () => auth.close?.() };
}

function memoryStore(): SessionStore & { text: string | undefined } {
  return {
    text: undefined,
    async load() {
      return this.text;
    },
    async save(text: string) {
      this.text = text;
    },
    async remove() {
      this.text = undefined;
    },
  };
}

describe('the cookies that a session keeps', () => {
  test('a cookie lives at most 400 days, even if the server sets a longer lifetime', async () => {
    const clock = manualClock();
    const tenYears = openSession({ clock, setCookie: ['a=1; Path=/; Max-Age=315360000'] });
    expect(await tenYears.cookies()).toEqual(['a=1']);
    await clock.advance(399 * day);
    expect(await tenYears.cookies()).toEqual(['a=1']);
    expect(tenYears.logins()).toBe(1);
    await clock.advance(2 * day);
    expect(await tenYears.cookies()).toEqual(['a=1']);
    expect(tenYears.logins()).toBe(2);
    await tenYears.close();
  });

  test.each([
    [50, 'is used', 50, 0],
    [51, 'is not used: a new login is made', 1, 1],
  ])('at most 50 cookies are restored: a stored session with %i %s', async (count, _what, sent, logins) => {
    const store = memoryStore();
    const first = openSession({ store, setCookie: ['cookie-0=1; Path=/'] });
    expect(await first.cookies()).toEqual(['cookie-0=1']);
    await first.close();
    const { cookies, ...session } = JSON.parse(store.text ?? '');
    const crowd = Array.from({ length: count }, (_, index) => ({ ...cookies[0], key: `cookie-${index}` }));
    store.text = JSON.stringify({ ...session, cookies: crowd });
    const second = openSession({ store, setCookie: ['other=1; Path=/'] });
    expect(await second.cookies()).toHaveLength(sent);
    expect(second.logins()).toBe(logins);
    await second.close();
  });
});
