import { CredentialError } from '@crew/core';
import { createLeakHarness, json, startEndpoint, text } from '@crew/llm-testkit';
import { expect, test } from 'vitest';
import { clientSecretBasic, memoryTokenStore, OAuthLLM, refreshToken, type TokenStore } from '../src/index.ts';

type Method = keyof TokenStore;
const METHODS: readonly Method[] = ['get', 'set', 'delete', 'exclusively'];

/** As a database's client: its errors have the command that failed, and all that the store has, in every part. */
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
    // Not every client is async in all that it does.
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
  'threats 27, 28: a store that fails at %s and quotes tokens puts none into errors and events',
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

test('a code of the system is kept of what a store throws', async () => {
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

test('what fails within the turn of a store is said, also when the store wraps it', async () => {
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
