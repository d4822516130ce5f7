import { inspect } from 'node:util';
import { ConfigurationError } from '@crew/core';
import { createAuthority } from '@crew/test-endpoint';
import { describe, expect, it, vi } from 'vitest';
import { checkOptionNames } from '../src/adapter.ts';
import { type Authenticator, HttpLLM, type HttpLLMOptions } from '../src/index.ts';

const endpoint = 'https://api.example/v1/chat/completions';
const auth: Authenticator = { name: 'any', authenticate: () => undefined };
const certificate: Authenticator = { ...auth, name: 'certificate', connection: () => ({ id: '1' }) };

/** Constructs an LLM with options that only JavaScript can pass. */
const build = (options: object): HttpLLM => new HttpLLM(options as HttpLLMOptions);

describe('HttpLLM options', () => {
  it('requires only an endpoint', () => {
    const llm = new HttpLLM({ endpoint });
    expect(llm.model).toBeUndefined();
    expect(llm.supportsFunctionCalling()).toBe(true);
    expect(llm.supportsStopWords()).toBe(true);
    expect(llm.supportsResponseFormat()).toBe(true);
    expect(llm.getContextWindowSize()).toBe(Number.POSITIVE_INFINITY);
  });

  it('returns the capabilities of the model as configured', () => {
    const llm = new HttpLLM({ endpoint, functionCalling: false, stopWords: false, contextWindow: 8_192 });
    expect(llm.supportsFunctionCalling()).toBe(false);
    expect(llm.supportsStopWords()).toBe(false);
    expect(llm.supportsResponseFormat()).toBe(false);
    expect(new HttpLLM({ endpoint, responseFormat: false }).supportsResponseFormat()).toBe(false);
    expect(new HttpLLM({ endpoint, functionCalling: false, responseFormat: true }).supportsResponseFormat()).toBe(true);
    expect(llm.getContextWindowSize()).toBe(8_192);
  });

  it.each<[string, object]>([
    ['endpoint', {}],
    ['endpoint', { endpoint: '' }],
    ['endpoint', { endpoint: 5 }],
    ['endpoint', { endpoint: '/v1/chat/completions' }],
    ['endpoint', { endpoint: 'api.example/v1' }],
    ['endpoint', { endpoint: 'ftp://api.example/v1' }],
    ['endpoint', { endpoint: 'https://user:hidden@api.example/v1' }],
    ['endpoint', { endpoint: `${endpoint}#hidden` }],
    ['auth', { endpoint, auth: 'hidden' }],
    ['name', { endpoint, auth: { authenticate: () => undefined } }],
    ['authenticate', { endpoint, auth: { name: 'half' } }],
    ['onRefusal', { endpoint, auth: { ...auth, onRefusal: 'hidden' } }],
    ['twice', { endpoint, auth: [auth, auth] }],
    ['two client certificates', { endpoint, auth: [certificate, { ...certificate, name: 'other' }] }],
    ['model', { endpoint, model: '' }],
    ['model', { endpoint, model: 7 }],
    ['temperature', { endpoint, temperature: 'warm' }],
    ['stop', { endpoint, stop: '' }],
    ['stop', { endpoint, stop: [1] }],
    ['protocol', { endpoint, protocol: {} }],
    ['protocol', { endpoint, protocol: 'chat' }],
    ['headers', { endpoint, headers: 'x: hidden' }],
    ['headers', { endpoint, headers: [['x', 'hidden']] }],
    ['headers', { endpoint, headers: new Headers({ x: 'hidden' }) }],
    ['headers', { endpoint, headers: new Map([['x', 'hidden']]) }],
    ['headers', { endpoint, headers: { 'x y': 'hidden' } }],
    ['headers', { endpoint, headers: { 'x-key': '' } }],
    ['headers', { endpoint, headers: { 'x-key': 'hidden\r\nx-evil: 1' } }],
    ['headers', { endpoint, headers: { 'x-key': 5 } }],
    ['twice', { endpoint, headers: { 'X-Key': 'hidden', 'x-key': 'hidden' } }],
    ...[
      'host',
      'Content-Length',
      'transfer-encoding',
      'connection',
      'proxy-authorization',
      'authorization',
      'Cookie',
    ].map((name): [string, object] => [name.toLowerCase(), { endpoint, headers: { [name]: 'hidden' } }]),
    ['__proto__', { endpoint, headers: JSON.parse('{"__proto__":"hidden"}') }],
    ['timeouts.connect', { endpoint, timeouts: { connect: 0 } }],
    ['timeouts.firstByte', { endpoint, timeouts: { firstByte: '5s' } }],
    ['timeouts.idle', { endpoint, timeouts: { idle: Number.NaN } }],
    ['timeouts.total', { endpoint, timeouts: { total: -1 } }],
    ['"read"', { endpoint, timeouts: { read: 5 } }],
    ['timeouts', { endpoint, timeouts: 5 }],
    ['retry.retries', { endpoint, retry: { retries: -1 } }],
    ['retry.retries', { endpoint, retry: { retries: 1.5 } }],
    ['retry.baseDelay', { endpoint, retry: { baseDelay: 'long' } }],
    ['retry.maxRetryAfter', { endpoint, retry: { maxRetryAfter: Number.NaN } }],
    ['"attempts"', { endpoint, retry: { attempts: 3 } }],
    ['retry', { endpoint, retry: 3 }],
    ['proxy', { endpoint, proxy: 'socks5://user:hidden@proxy' }],
    ['proxy', { endpoint, proxy: 'proxy:3128' }],
    ['proxy', { endpoint, proxy: { host: 'proxy' } }],
    ['proxy', { endpoint, proxy: 'http://user:%zz@proxy' }],
    ['proxy', { endpoint, proxy: { url: 'http://a:hidden@proxy', authorization: 'Bearer hidden' } }],
    ['proxy', { endpoint, proxy: { url: 'http://proxy', authorization: 'a\nb' } }],
    ['colon', { endpoint, proxy: { url: 'http://proxy', username: 'a:b', password: 'hidden' } }],
    ['proxy.ca', { endpoint, proxy: { url: 'https://proxy', ca: 'hidden' } }],
    ['user', { endpoint, proxy: { url: 'http://proxy', user: 'a' } }],
    ['ca', { endpoint, ca: '/etc/ca.pem' }],
    ['ca', { endpoint, ca: [] }],
    ['ca', { endpoint, ca: [5] }],
    ['caMode', { endpoint, caMode: 'replace' }],
    ['caMode', { endpoint, caMode: 'add' }],
    ['allowH2', { endpoint, allowH2: 'yes' }],
    ['allowInsecureHttp', { endpoint, allowInsecureHttp: 1 }],
    ['maxResponseBytes', { endpoint, maxResponseBytes: 0 }],
    ['maxResponseBytes', { endpoint, maxResponseBytes: '1 MB' }],
    ['functionCalling', { endpoint, functionCalling: 'no' }],
    ['stopWords', { endpoint, stopWords: 0 }],
    ['responseFormat', { endpoint, responseFormat: 'json' }],
    ['contextWindow', { endpoint, contextWindow: -1 }],
    ['clock', { endpoint, clock: Date }],
    ['apikey', { endpoint, apikey: 'hidden' }],
  ])('names an invalid %s and no secret: %j', (name, options) => {
    const construct = (): HttpLLM => build(options);
    expect(construct).toThrow(ConfigurationError);
    expect(construct).toThrow(name);
    expect(construct).not.toThrow('hidden');
  });

  it.each([undefined, null, 'https://api.example'])('rejects %s instead of options', options => {
    expect(() => new HttpLLM(options as unknown as HttpLLMOptions)).toThrow(ConfigurationError);
  });

  it('uses the default of an option that is undefined', () => {
    const unset = Object.fromEntries(
      ['auth', 'model', 'stop', 'protocol', 'headers', 'timeouts', 'retry', 'proxy', 'ca', 'caMode', 'clock'].map(
        name => [name, undefined],
      ),
    );
    expect(() =>
      build({ ...unset, endpoint, timeouts: { connect: undefined }, retry: { retries: undefined } }),
    ).not.toThrow();
  });

  it.each([
    'http://localhost:8080/v1',
    'http://LOCALHOST/v1',
    'http://127.0.0.1/v1',
    'http://127.1.2.3:80/v1',
    'http://0x7f.1/v1',
    'http://[::1]:8080/v1',
  ])('allows plain http to this machine: %s', url => {
    expect(() => build({ endpoint: url })).not.toThrow();
  });

  it.each([
    'http://10.0.0.1/v1',
    'http://localhost.evil/v1',
    'http://localhost./v1',
    'http://127.0.0.1.nip.io/v1',
    'http://[::ffff:127.0.0.1]/v1',
    'http://0.0.0.0/v1',
    'http://128.0.0.1/v1',
    'http://api.example/v1',
  ])('rejects plain http to other machines [T4]: %s', url => {
    expect(() => build({ endpoint: url })).toThrow('allowInsecureHttp');
    expect(() => build({ endpoint: url, allowInsecureHttp: true })).not.toThrow();
  });

  it('ignores changes of its options after construction [T6]', async () => {
    const url = new URL('http://127.0.0.1:9/v1');
    const list = [auth];
    const llm = new HttpLLM({ endpoint: url, auth: list, retry: { retries: 0 } });
    url.host = 'evil.example';
    list.pop();
    await expect(llm.call('Hello')).rejects.toThrow('http://127.0.0.1:9/v1');
  });

  it('sends no request with credentials while NODE_TLS_REJECT_UNAUTHORIZED is 0 [T52]', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const llm = new HttpLLM({ endpoint: 'https://127.0.0.1:9/v1', auth, retry: { retries: 0 } });
    await expect(llm.call('Hello')).rejects.toThrow('NODE_TLS_REJECT_UNAUTHORIZED=0 is set');
  });

  it('shows no secret of its proxy or headers when it is printed', async () => {
    const options = { endpoint, proxy: 'http://user:hidden@proxy:3128', headers: { 'x-api-key': 'hidden' } };
    const llm = new HttpLLM(options);
    expect(inspect(llm, { depth: 9, showHidden: true }) + JSON.stringify(llm)).not.toContain('hidden');
  });

  it('accepts one certificate authority or several', async () => {
    const { certificate: pem } = await createAuthority();
    expect(() => build({ endpoint, ca: pem })).not.toThrow();
    expect(() => build({ endpoint, ca: [pem, pem], caMode: 'replace' })).not.toThrow();
  });
});

describe('checkOptionNames', () => {
  it('names an unknown option and the known ones', () => {
    expect(() => checkOptionNames({ apiKey: 1, heder: 2 }, ['apiKey', 'header'], 'ApiKeyLLM')).toThrow(
      'ApiKeyLLM has no option "heder". It has: apiKey, header.',
    );
  });
});
