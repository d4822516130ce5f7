import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLeakHarness, type LeakHarness, startEndpoint, text } from '../src/index.ts';

// The fixtures leak on purpose. Their output is kept out of the test log.
beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  for (const method of ['log', 'error'] as const) vi.spyOn(console, method).mockImplementation(() => undefined);
});

/** Returns a harness, a planted secret and a function that lists the places of its leaks. */
function planted(): { harness: LeakHarness; secret: string; places: () => string[] } {
  const harness = createLeakHarness();
  const secret = harness.sentinel('api key');
  return { harness, secret, places: () => harness.report().map(({ place }) => place) };
}

const percent = (value: string) => Array.from(Buffer.from(value), byte => `%${byte.toString(16)}`).join('');

describe('planted secrets', () => {
  test('creates unique and recognisable sentinels', () => {
    const harness = createLeakHarness();
    const one = harness.sentinel('one');
    expect(one).toMatch(/^sk-SENTINEL-[0-9a-f]{32}$/u);
    expect(harness.sentinel('other')).not.toBe(one);
  });

  test('plants any value unless it is too short or its label contains it', () => {
    const harness = createLeakHarness();
    expect(harness.plant('password', 'pa"ss wörd')).toBe('pa"ss wörd');
    expect(() => harness.plant('pin', '1234567')).toThrow(RangeError);
    expect(() => harness.plant('the password1', 'Password1')).toThrow('contains a secret');
  });
});

test('finds a secret with spaces in a URL-encoded form', () => {
  const harness = createLeakHarness();
  const password = harness.plant('password', 'correct horse battery staple & co');
  harness.inspect('body', `user=ada&${new URLSearchParams({ password })}`);
  expect(harness.report()).toMatchObject([{ secret: 'password', form: 'percent' }]);
});

describe('forms of a secret', () => {
  const forms: [form: string, name: string, leak: (secret: string) => string][] = [
    ['raw', 'unchanged', secret => `Bearer ${secret}`],
    ['raw', 'in upper case', secret => secret.toUpperCase()],
    ['base64', 'at offset 0', secret => Buffer.from(secret).toString('base64')],
    ['base64', 'at offset 1', secret => Buffer.from(`u${secret}`).toString('base64')],
    ['base64', 'at offset 2', secret => Buffer.from(`u:${secret}`).toString('base64')],
    ['base64', 'in the middle', secret => Buffer.from(`user:${secret}:more`).toString('base64')],
    [
      'base64',
      'in wrapped lines',
      secret =>
        (
          Buffer.from(`--${secret}`)
            .toString('base64')
            .match(/.{1,20}/gu) ?? []
        ).join('\r\n'),
    ],
    ['base64', 'percent-encoded', secret => encodeURIComponent(`${Buffer.from(`a${secret}`).toString('base64')}==`)],
    ['percent', 'every character', percent],
    ['percent', 'some characters', secret => secret.replaceAll('-', '%2D')],
    ['hex', 'in lower case', secret => Buffer.from(secret).toString('hex')],
    ['hex', 'in upper case', secret => Buffer.from(secret).toString('hex').toUpperCase()],
    ['hex', 'as inspect shows a Buffer', secret => inspect(Buffer.from(secret))],
    ['hex', 'with colons', secret => (Buffer.from(secret).toString('hex').match(/../gu) ?? []).join(':')],
    ['bytes', 'as JSON shows a Buffer', secret => JSON.stringify(Buffer.from(secret))],
    [
      'bytes',
      'as inspect shows a Uint8Array',
      secret => inspect(new Uint8Array(Buffer.from(secret)), { maxArrayLength: null }),
    ],
    ['escaped', 'with \\u escapes', secret => secret.replaceAll('-', '\\u002d')],
  ];
  test.each(forms)('finds a secret in the form %s: %s', (form, _, leak) => {
    const { harness, secret } = planted();
    harness.inspect('text', `before ${leak(secret)} after`);
    expect(harness.report()).toMatchObject([{ secret: 'api key', place: 'text', form }]);
  });

  test('distinguishes base64url from base64 where the alphabets differ', () => {
    const harness = createLeakHarness();
    const secret = harness.plant('binary', '>>>???~~~ÿÿÿ>>>');
    for (const prefix of ['', 'u', 'u:']) {
      const { form } = createLeaky(harness, Buffer.from(prefix + secret).toString('base64url'));
      expect(form).toBe('base64url');
    }
  });

  test('finds a secret with escaped characters in JSON and in a URL', () => {
    const harness = createLeakHarness();
    const secret = harness.plant('password', 'pa"ss\nwörd & more');
    harness.inspect('json', JSON.stringify({ secret }));
    harness.inspect('url', encodeURIComponent(secret));
    expect(harness.report()).toMatchObject([
      { place: 'json', form: 'escaped' },
      { place: 'url', form: 'percent' },
    ]);
  });

  function createLeaky(harness: LeakHarness, leak: string) {
    const place = `text ${harness.report().length}`;
    harness.inspect(place, leak);
    return harness.report().find(found => found.place === place) ?? { form: 'none' };
  }
});

describe('searched places', () => {
  class Getters {
    readonly #secret: string;
    constructor(secret: string) {
      this.#secret = secret;
    }
    get token() {
      return this.#secret;
    }
  }
  const values: [place: string, make: (secret: string) => unknown][] = [
    ['value.message', secret => new Error(`refused ${secret}`)],
    ['value.stack', secret => Object.assign(new Error('x'), { stack: `Error: x\n at ${secret}` })],
    ['value.cause.message', secret => new Error('x', { cause: new Error(secret) })],
    ['value.cause.cause.message', secret => new Error('x', { cause: new Error('y', { cause: new Error(secret) }) })],
    ['value.errors["0"].message', secret => new AggregateError([new Error(secret)], 'x')],
    ['value.token', secret => new Getters(secret)],
    ['value.inner.token', secret => ({ inner: new Getters(secret) })],
    ['value.token', secret => Object.create({}, { token: { get: () => secret, enumerable: false } })],
    ['value.hidden', secret => Object.defineProperty({}, 'hidden', { value: secret })],
    ['value[Symbol(auth)]', secret => ({ [Symbol('auth')]: secret })],
    ['value.get("x-api-key")', secret => new Map([['x-api-key', secret]])],
    ['value.values()', secret => new Set([secret])],
    ['value.body', secret => ({ body: Buffer.from(`{"key":"${secret}"}`) })],
    ['value.body', secret => ({ body: new TextEncoder().encode(secret).buffer })],
    ['value.call.auth', secret => ({ call: Object.assign(() => undefined, { auth: secret }) })],
    ['value (String())', secret => ({ toString: () => secret })],
    ['value (JSON.stringify)', secret => ({ toJSON: () => ({ secret }) })],
    ['value (JSON.stringify)', secret => ({ key: secret })],
    ['value (util.inspect)', secret => ({ [inspect.custom]: () => secret })],
    ['value (util.inspect without custom inspectors)', secret => ({ key: secret, [inspect.custom]: () => 'redacted' })],
    ['value (structuredClone)', secret => ({ key: secret })],
    ['value (Object.entries)', secret => ({ key: secret })],
    ['value (spread)', secret => ({ key: secret })],
    ['value.list["0"].deep.key', secret => ({ list: [{ deep: { key: secret } }] })],
    ['value', secret => Buffer.from(secret)],
    ['value', secret => secret],
  ];
  test.each(values)('finds a secret at %s', (place, make) => {
    const { harness, secret, places } = planted();
    harness.inspect('value', make(secret));
    expect(places()).toContain(place);
  });

  test('finds a secret in the key of a property', () => {
    const { harness, secret, places } = planted();
    harness.inspect('value', { [secret]: 1 });
    expect(places()).toContain('value["[api key]"]');
  });

  const outputs: [place: string, print: (secret: string) => void][] = [
    ['stdout', secret => process.stdout.write(`${secret}\n`)],
    ['stderr', secret => process.stderr.write(Buffer.from(`${secret}\n`))],
    ['console', secret => console.log({ key: secret })],
    ['console', secret => console.error(new Error(secret).message)],
    ['process warning', secret => process.emitWarning(`do not use ${secret}`)],
  ];
  test.each(outputs)('finds a secret printed to %s', async (place, print) => {
    const { harness, secret, places } = planted();
    const outcome = await harness.watch(() => {
      print(secret);
      return 7;
    });
    expect(outcome).toEqual({ value: 7 });
    expect(places()).toContain(place);
  });

  test('finds a secret printed to stdout in two halves', async () => {
    const { harness, secret, places } = planted();
    await harness.watch(() => {
      process.stdout.write(secret.slice(0, 20));
      process.stdout.write(`${secret.slice(20)}\n`);
    });
    expect(places()).toContain('stdout');
  });

  test('finds a secret in a thrown error, which watch() returns', async () => {
    const { harness, secret, places } = planted();
    const error = new Error(`no ${secret}`);
    const outcome = await harness.watch(() => Promise.reject(error), 'refused key');
    expect(outcome).toEqual({ error });
    expect(places()).toContain('refused key: thrown error.message');
  });

  test('finds a secret in an event', () => {
    const { harness, secret, places } = planted();
    [{ type: 'request', headers: { authorization: secret } }, secret].forEach(harness.onEvent);
    expect(places()).toContain('event request.headers.authorization');
    expect(places()).toContain('event');
  });

  test('finds a secret in a prompt', () => {
    const { harness, secret, places } = planted();
    harness.inspectPrompt([{ role: 'user', content: `my key is ${secret}` }]);
    expect(places()).toContain('prompt["0"].content');
  });

  test('finds secrets in files, file names and targets of links', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'leak-harness-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { harness, secret, places } = planted();
    await mkdir(join(folder, 'cache'));
    await writeFile(join(folder, 'cache', 'token.json'), JSON.stringify({ token: secret }));
    await writeFile(join(folder, `${secret}.lock`), '');
    await symlink(`/nowhere/${secret}`, join(folder, 'link'));
    await harness.inspectFiles(folder);
    const expected = [
      `file ${join(folder, 'cache', 'token.json')}`,
      `name of ${join(folder, '[api key].lock')}`,
      `link ${join(folder, 'link')}`,
    ];
    expect(places().sort()).toEqual(expected.sort());
  });

  test('reports every request to a forbidden origin', async () => {
    const { harness, secret } = planted();
    await using sink = await startEndpoint({ replies: [text('x'), text('x')] });
    harness.forbidOrigin(sink);
    expect(harness.report()).toEqual([]);
    await fetch(`${sink.origin}/collect?key=${secret}`, { method: 'POST' });
    expect(harness.report()).toContainEqual({
      secret: undefined,
      place: `origin ${sink.origin}`,
      form: 'request',
      excerpt: 'POST /collect?key=[api key]',
    });
    expect(
      harness.report().some(leak => leak.secret === 'api key' && leak.place === `origin ${sink.origin}.path`),
    ).toBe(true);
  });
});

describe('values without leaks', () => {
  test('reports nothing for a secret in a private field or a closure', async () => {
    const { harness, secret } = planted();
    class Client {
      readonly #key = secret;
      readonly send = () => this.#key.length;
      get origin() {
        return 'https://api.example';
      }
    }
    const client = new Client();
    harness.inspect('client', client);
    await harness.watch(() => {
      console.log(client, client.send());
      throw new Error('refused', { cause: client });
    });
    harness.assertClean();
  });

  test('tolerates values that are circular, have throwing getters or cannot be cloned', () => {
    const { harness } = planted();
    const circular: Record<string, unknown> = { big: 1n, call: () => 1, symbol: Symbol('s') };
    circular['self'] = circular;
    Object.defineProperty(circular, 'broken', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    });
    for (const value of [circular, null, undefined, 7, 1n, Symbol('x'), Object.create(null), new Proxy({}, {})]) {
      harness.inspect('value', value);
    }
    harness.assertClean();
  });
});

describe('leak report', () => {
  test('lists each leak once and never contains a secret in any form', async () => {
    const harness = createLeakHarness();
    const key = harness.sentinel('api key');
    const token = harness.sentinel('token');
    const line = `key=${key} basic=${Buffer.from(`u:${token}`).toString('base64')} hex=${inspect(Buffer.from(key))} ${percent(token)}`;
    harness.inspect('log', line);
    harness.inspect('log', line);
    const report = harness.report();
    expect(report.map(({ secret, form }) => `${secret} ${form}`).sort()).toEqual([
      'api key hex',
      'api key raw',
      'token base64',
      'token percent',
    ]);
    const shown = createLeakHarness();
    shown.plant('api key', key);
    shown.plant('token', token);
    shown.inspect('report', report);
    try {
      harness.assertClean();
    } catch (error) {
      shown.inspect('assertClean', error);
    }
    shown.assertClean();
    expect(report.find(({ form }) => form === 'raw')?.excerpt).toContain('key=[api key]');
  });

  test('makes assertClean() fail with the place, the form and the label', () => {
    const { harness, secret } = planted();
    harness.inspect('log line', `Bearer ${secret}`);
    expect(() => harness.assertClean()).toThrow(
      '1 leak(s):\n- log line shows the secret "api key" (raw): Bearer [api key]',
    );
  });

  test('restores the captured outputs after watch(), even if scenarios overlap', async () => {
    const before = [process.stdout.write, process.stderr.write, console.log, console.error];
    const { harness, secret, places } = planted();
    let release = () => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    const long = harness.watch(async () => {
      await held;
      console.log(secret);
    }, 'long');
    await harness.watch(() => undefined, 'short');
    release();
    await long;
    expect(places()).toContain('long: console');
    expect([process.stdout.write, process.stderr.write, console.log, console.error]).toEqual(before);
  });
});
