import { CredentialError } from '@crew/core';
import { createLeakHarness, json, startEndpoint, text } from '@crew/llm-testkit';
import { expect, test } from 'vitest';
import { clientSecretBasic, memoryTokenStore, OAuthLLM, refreshToken, type TokenStore } from '../src/index.ts';

type Method = keyof TokenStore;
const METHODS: readonly Method[] = ['get', 'set', 'delete', 'exclusively'];

/** A store like a database client: every part of its errors contains the failed command and all stored values. */
function quotingStore(failing: () => Method | undefined, code?: string): TokenStore {
  const memory = memoryTokenStore();
  const said: string[] = [];
  const fail = (method: Method, ...values: readonly string[]): void => {
    said.push(...values);
    if (failing() !== method) return;
    const command = `${method} ${said.join(' ')}`;
    throw Object.assign(new Error(`ERR command rejected: ${command}`, { cause: new Error(command) }), {
      command,
      code: code ?? command,
    });
  };
  return {
    get: async key => {
      const value = await memory.get(key);
      fail('get', key, value ?? '');
      return value;
    },
    set: async (key, value) => {
      fail('set', key, value);
      return memory.set(key, value);
    },
    // Some clients throw synchronously.
    delete: key => {
      fail('delete', key);
      return memory.delete(key);
    },
    exclusively: async (key, signal, work) => {
      const done = await memory.exclusively(key, signal, work);
      fail('exclusively', key);
      return done;
    },
  };
}

test.each(METHODS)(
  'a store that fails at %s and quotes tokens puts none into errors and events [T27, T28]',
  async method => {
    const harness = createLeakHarness();
    const own = harness.sentinel('client secret');
    const given = harness.sentinel('refresh token');
    const next = harness.sentinel('next refresh token');
    const token = harness.sentinel('access token');
    await using tokens = await startEndpoint({
      path: '*',
      respond: () => json({ access_token: token, refresh_token: next, token_type: 'Bearer', expires_in: 60 }),
    });
    await using model = await startEndpoint({ respond: () => text('Hello.') });
    const llm = new OAuthLLM({
      endpoint: model.url,
      retry: { retries: 0 },
      issuer: tokens.origin,
      tokenEndpoint: `${tokens.origin}/token`,
      revocationEndpoint: `${tokens.origin}/revoke`,
      clientId: 'crew',
      clientAuthentication: clientSecretBasic(own),
      grant: refreshToken(given),
      store: quotingStore(() => method),
    });
    llm.on('credential', harness.onEvent);
    const { error, value } = await harness.watch(() => llm.call('Hi', { callbacks: [harness.onEvent] }));
    if (method === 'delete') expect(value).toBe('Hello.');
    else expectFailure(error, method);
    const { error: revoking } = await harness.watch(() => llm.revoke());
    expectFailure(revoking, method);
    await llm.close();
    harness.assertClean();
  },
);

test('the system error code is kept of an error of the store', async () => {
  await using llm = new OAuthLLM({
    endpoint: 'https://llm.example/',
    tokenEndpoint: 'https://idp.example/token',
    clientId: 'crew',
    grant: refreshToken('given'),
    retry: { retries: 0 },
    store: quotingStore(() => 'get', 'ECONNREFUSED'),
  });
  await expect(llm.call('Hi')).rejects.toThrow('the token store failed at `get` (ECONNREFUSED)');
});

test('an error of the work under the lock is reported even if the store wraps it', async () => {
  await using tokens = await startEndpoint({
    path: '/token',
    respond: () => json({ error: 'invalid_scope' }, { status: 400 }),
  });
  const memory = memoryTokenStore();
  const store: TokenStore = {
    ...memory,
    exclusively: (key, signal, work) =>
      memory.exclusively(key, signal, work).catch((cause: unknown) => {
        throw new Error('The transaction was rolled back.', { cause });
      }),
  };
  await using llm = new OAuthLLM({
    endpoint: 'https://llm.example/',
    tokenEndpoint: `${tokens.origin}/token`,
    clientId: 'crew',
    grant: refreshToken('given'),
    retry: { retries: 0 },
    store,
  });
  await expect(llm.call('Hi')).rejects.toThrow('invalid_scope');
});

function expectFailure(error: unknown, method: Method): void {
  expect(error).toBeInstanceOf(CredentialError);
  expect(error instanceof Error ? error.cause : error).toBeUndefined();
  expect(String(error)).toContain(`the token store failed at \`${method}\`.`);
}
