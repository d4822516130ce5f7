import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@crew/core';
import { detectPrototypePollution, startEndpoint, text } from '@crew/llm-testkit';
import { describe, expect, it } from 'vitest';
import { ApiKeyLLM, apiKey, fromEnv, fromFile } from '../src/index.ts';
import { OPTION_NAMES } from '../src/options.ts';

const endpoint = 'https://llm.example/v1/chat/completions';
const SECRET = 'sk-secret-0123456789';

describe('invalid options of apiKey() and ApiKeyLLM', () => {
  it.each<[string, unknown, string]>([
    ['no options', undefined, 'options'],
    ['a key alone', SECRET, 'options'],
    ['null', null, 'options'],
    ['no key', {}, 'apiKey'],
    ['an empty key', { apiKey: '' }, 'apiKey'],
    ['a key of another type', { apiKey: 42 }, 'apiKey'],
    ['an object as a key', { apiKey: { toString: () => `${SECRET}\r\nx-evil: 1` } }, 'apiKey'],
    ['a key with a line break at its end', { apiKey: `${SECRET}\n` }, 'line break'],
    ['a key with a header in it', { apiKey: `${SECRET}\r\nx-evil: 1` }, 'apiKey'],
    ['a key with a NUL', { apiKey: `${SECRET}\0` }, 'apiKey'],
    ['a key with a byte order mark', { apiKey: `\uFEFF${SECRET}` }, 'apiKey'],
    ['a key with a line separator', { apiKey: `${SECRET}\u2028` }, 'apiKey'],
    ['a key with spaces around it', { apiKey: ` ${SECRET}` }, 'space'],
    ['an empty pool', { apiKey: [] }, 'apiKey'],
    ['an empty key in a pool', { apiKey: [SECRET, ''] }, 'apiKey[1]'],
    ['a bad key in a pool', { apiKey: [SECRET, `${SECRET}\n`] }, 'apiKey[1]'],
    ['the same key twice in a pool', { apiKey: [SECRET, 'other', SECRET] }, 'apiKey[2]'],
    ['a key from an unset variable', { apiKey: fromEnv('LLM_APIKEY_TEST_UNSET') }, 'LLM_APIKEY_TEST_UNSET'],
    ['a key from a missing file', { apiKey: fromFile('/nowhere/key') }, '/nowhere/key'],
    ['a header name that is not a token', { apiKey: SECRET, header: 'x key' }, 'header'],
    ['an empty header', { apiKey: SECRET, header: '' }, 'header'],
    ['a header of another type', { apiKey: SECRET, header: 3 }, 'header'],
    ['a header of the transport', { apiKey: SECRET, header: 'Host' }, 'host'],
    ['a header that smuggles', { apiKey: SECRET, header: 'transfer-encoding' }, 'transfer-encoding'],
    ['a header for proxies', { apiKey: SECRET, header: 'proxy-authorization' }, 'proxy-authorization'],
    ['__proto__ as a header', { apiKey: SECRET, header: '__proto__' }, '__proto__'],
    ['a scheme of two words', { apiKey: SECRET, scheme: 'Bearer token' }, 'scheme'],
    ['a scheme of another type', { apiKey: SECRET, scheme: 1 }, 'scheme'],
    ['an empty query parameter', { apiKey: SECRET, query: '' }, 'query'],
    ['a query parameter of another type', { apiKey: SECRET, query: true }, 'query'],
    ['two places for the key', { apiKey: SECRET, query: 'key', header: 'x-key' }, 'one place'],
    ['a place without a key', { authHeaders: { 'x-a': 'a' }, header: 'x-key' }, 'apiKey is not set'],
    ['a query without a key', { authHeaders: { 'x-a': 'a' }, query: 'key' }, 'apiKey is not set'],
    ['authHeaders that are a list', { authHeaders: ['x-a'] }, 'authHeaders'],
    ['authHeaders without a header', { authHeaders: {} }, 'authHeaders'],
    ['an auth header of the transport', { authHeaders: { 'Content-Length': '0' } }, 'content-length'],
    ['an auth header name that is not a token', { authHeaders: { 'x a': 'a' } }, 'authHeaders'],
    ['an auth header twice', { authHeaders: { 'x-a': 'a', 'X-A': 'b' } }, 'x-a'],
    [
      'an auth header in the place of the key',
      { apiKey: SECRET, authHeaders: { Authorization: 'a' } },
      'authorization',
    ],
    ['an empty auth header', { authHeaders: { 'x-a': '' } }, 'x-a'],
    ['an auth header of another type', { authHeaders: { 'x-a': 1 } }, 'x-a'],
    ['isRefusal that is not a function', { apiKey: SECRET, isRefusal: 401 }, 'isRefusal'],
    ['a clock that is not one', { apiKey: SECRET, clock: {} }, 'clock'],
  ])('throw a ConfigurationError at construction: %s', (_what, options, named) => {
    expectRefused(() => Reflect.apply(apiKey, undefined, [options]), named);
    if (typeof options !== 'object' || options === null) return;
    expectRefused(() => Reflect.construct(ApiKeyLLM, [{ endpoint, ...options }]), named);
  });

  it.each<[unknown, string]>([
    [{ apikey: SECRET }, 'apiKey'],
    [{ apiKey: SECRET, headers: {} }, 'headers'],
    [{ apiKey: SECRET, Header: 'x' }, 'Header'],
  ])('throw a ConfigurationError if apiKey() has an unknown option: %j', (options, named) => {
    expectRefused(() => Reflect.apply(apiKey, undefined, [options]), named);
  });

  it('throw a ConfigurationError if ApiKeyLLM has an unknown option', () => {
    expectRefused(() => Reflect.construct(ApiKeyLLM, [{ endpoint, apiKey: SECRET, hedaer: 'x' }]), 'hedaer');
  });

  it('throw a ConfigurationError if a header cannot carry the key in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'llm-apikey-'));
    try {
      await writeFile(join(folder, 'key'), `${SECRET}\nsecond line\n`);
      expectRefused(() => apiKey({ apiKey: fromFile(join(folder, 'key')) }), 'apiKey');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('types of the options', () => {
  it('make invalid combinations a compile error for each way of sending a key', () => {
    const wrong = [
      // @ts-expect-error there is neither a key nor a header
      () => apiKey({}),
      // @ts-expect-error a key goes to one place
      () => apiKey({ apiKey: SECRET, query: 'key', header: 'x-key' }),
      // @ts-expect-error a scheme stands before a key
      () => apiKey({ authHeaders: { 'x-a': 'a' }, scheme: 'Bearer' }),
      // @ts-expect-error a key is a text
      () => apiKey({ apiKey: 42 }),
      // @ts-expect-error there is no such option
      () => apiKey({ apiKey: SECRET, hedaer: 'x' }),
      // @ts-expect-error the endpoint is missing
      () => new ApiKeyLLM({ apiKey: SECRET }),
    ];
    for (const construct of wrong) expect(construct).toThrow(ConfigurationError);
  });
});

describe('options and Object.prototype', () => {
  it('are never read from Object.prototype [X27]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const reads = await detectPrototypePollution(OPTION_NAMES, '/llm-apikey/src/', async () => {
      for (const options of [
        { apiKey: 'key-1' },
        { apiKey: ['key-1', () => 'key-2'] },
        { authHeaders: { 'x-key': 'a' } },
      ]) {
        apiKey(options);
        await using llm = new ApiKeyLLM({ endpoint: endpoint.url, ...options });
        expect(await llm.call('Hello')).toBe('Hello');
      }
    });
    expect(reads).toEqual([]);
  });

  it('are unaffected by a header on Object.prototype [X27]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    Object.defineProperty(Object.prototype, 'header', { value: 'x-other', configurable: true, writable: true });
    try {
      await using llm = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: 'key-1' });
      await llm.call('Hello');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'header');
    }
    expect(endpoint.requests[0]?.headers).toMatchObject({ authorization: 'Bearer key-1' });
  });
});

function expectRefused(construct: () => unknown, named: string): void {
  let thrown: unknown;
  try {
    construct();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ConfigurationError);
  expect(thrown).toMatchObject({ message: expect.stringContaining(named) });
  expect(String(thrown)).not.toContain(SECRET);
}
