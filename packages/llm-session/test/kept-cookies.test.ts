import type { AuthContext, OutgoingRequest } from '@crew/llm-http';
import { type ManualClock, manualClock } from '@crew/llm-testkit';
import { describe, expect, test } from 'vitest';
import { type SessionStore, session } from '../src/index.ts';

const endpoint = 'https://llm.corp.example/v1/chat';
const day = 86_400_000;

/** A session whose server sets these cookies at each login, and the `cookie` headers of its requests. */
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
  // No public name resolves to this machine, so the transport is one that answers by itself.
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
      secret: () => undefined,
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
  test('live at most 400 days, however long the server says', async () => {
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

  test.each([50, 51])('are taken out of a store only if there are at most 50: %i', async count => {
    const store = memoryStore();
    const first = openSession({ store, setCookie: ['cookie-00=1; Path=/'] });
    expect(await first.cookies()).toEqual(['cookie-00=1']);
    await first.close();
    const saved: unknown = JSON.parse(store.text ?? '');
    const crowded = JSON.stringify(saved, (_name, value: unknown) =>
      Array.isArray(value) && JSON.stringify(value).includes('"cookie-00"')
        ? Array.from({ length: count }, (_, index) => ({
            ...value[0],
            key: `cookie-${String(index).padStart(2, '0')}`,
          }))
        : value,
    );
    expect(crowded).toContain('"cookie-49"');
    store.text = crowded;
    const second = openSession({ store, setCookie: ['other=1; Path=/'] });
    // A text that the store's own rules would not have let in is not used at all.
    expect(await second.cookies()).toHaveLength(count === 50 ? 50 : 1);
    expect(second.logins()).toBe(count === 50 ? 0 : 1);
    await second.close();
  });
});
