import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  createLeakHarness,
  type LeakHarness,
  type RecordedRequest,
  runFailingScenarios,
  scenarioClient,
  startEndpoint,
  status,
  text,
} from '@crew/llm-testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ApiKeyLLM,
  type ApiKeyLLMOptions,
  type ApiKeyOptions,
  apiKey,
  fromCommand,
  fromEnv,
  fromFile,
  HttpLLM,
  type KeySource,
} from '../src/index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-apikey-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Options with planted keys. */
interface Source {
  readonly options: ApiKeyOptions;
  /** True if a program may print its options: options that contain a function show no key. */
  readonly isPrinted: boolean;
  /** The values, at least one of which is part of every request. */
  readonly keys: readonly string[];
}

type Sources = Readonly<Record<string, (key: string, other: string) => Promise<ApiKeyOptions> | ApiKeyOptions>>;

const inTheQuery: Sources = { 'a key in the query': key => ({ apiKey: key, query: 'key' }) };

const constant: Sources = {
  'a key in authorization': key => ({ apiKey: key }),
  'a pool of keys in a header': (key, other) => ({ apiKey: [key, other], header: 'x-api-key' }),
  'a key under a scheme of its own': key => ({ apiKey: key, header: 'authorization', scheme: 'Token' }),
  'headers of its own': (key, other) => ({
    authHeaders: { 'cf-access-client-id': key, 'cf-access-client-secret': other },
  }),
};

const read: Sources = {
  'a key from the environment': key => {
    vi.stubEnv('LEAKS_API_KEY', key);
    return { apiKey: fromEnv('LEAKS_API_KEY') };
  },
  'keys from a file and from a function': async (key, other) => {
    await writeFile(join(folder, 'key'), `${key}\n`);
    return { apiKey: [fromFile(join(folder, 'key')), async () => other] };
  },
  'a key from a command': key => {
    vi.stubEnv('LEAKS_COMMAND_KEY', key);
    return { apiKey: fromCommand([process.execPath, '--print', 'process.env.LEAKS_COMMAND_KEY'], { maxAge: 600_000 }) };
  },
  'headers that are computed': (key, other) => ({
    apiKey: async () => key,
    authHeaders: { 'x-second': async ({ attempt }) => `${other}.${attempt}` },
  }),
};

function plantAll(harness: LeakHarness, sources: Sources): Promise<readonly Source[]> {
  return Promise.all(
    Object.entries(sources).map(async ([name, make]) => {
      const keys = [harness.sentinel(name), harness.sentinel(`other of ${name}`)] as const;
      return { options: await make(...keys), keys, isPrinted: Object.hasOwn(read, name) };
    }),
  );
}

describe('a failing call', () => {
  it.each([
    ['in the query', inTheQuery],
    ['in headers, as a constant, from a source or computed', { ...constant, ...read }],
  ])('shows no key that is sent %s [T27] [T28] [T33] [T34]', async (_name, sources) => {
    const harness = createLeakHarness();
    // The sources take turns, so that each of them is used in at least six failing scenarios.
    const planted = await plantAll(harness, sources);
    let scenarios = 0;
    await runFailingScenarios(harness, setting => {
      const source = planted[scenarios % planted.length];
      if (source === undefined) throw new Error('There is no source.');
      scenarios += 1;
      const { options, keys, isPrinted } = source;
      const hasCredentials = ({ path, rawHeaders }: RecordedRequest): boolean =>
        [path, ...rawHeaders].some(one => keys.some(key => one.includes(key)));
      const all: ApiKeyLLMOptions = { ...setting, retry: { retries: 1, baseDelay: 0 }, ...options };
      const llm = new ApiKeyLLM(all);
      return scenarioClient({ llm, harness, hasCredentials, objects: [apiKey(options), ...(isPrinted ? [all] : [])] });
    });
    expect(scenarios).toBeGreaterThanOrEqual(6 * planted.length);
    harness.assertClean();
  });

  it('writes no key to a file', async () => {
    const harness = createLeakHarness();
    const scratch = await mkdtemp(join(folder, 'scratch-'));
    for (const name of ['TMPDIR', 'HOME', 'XDG_CACHE_HOME']) vi.stubEnv(name, scratch);
    await using endpoint = await startEndpoint({ replies: [status(500), status(401), text('Hello')] });
    await using llm = new ApiKeyLLM({
      endpoint: endpoint.url,
      apiKey: harness.sentinel('key'),
      retry: { baseDelay: 0 },
    });
    await harness.watch(() => llm.call('Hello'));
    expect(await llm.call('Hello')).toBe('Hello');
    await harness.inspectFiles(folder);
    expect(await readdir(scratch)).toEqual([]);
    harness.assertClean();
  });
});

describe('an API key that is unavailable or invalid', () => {
  it('is reported without the output or arguments of its command and without the words of its function', async () => {
    const harness = createLeakHarness();
    const [printed, argument, refusedKey] = [
      harness.sentinel('output of the command'),
      harness.sentinel('argument of the command'),
      harness.sentinel('refused key'),
    ];
    const command = (code: string) => fromCommand([process.execPath, '--eval', code, argument]);
    const print = `process.stdout.write('${printed}'); process.stderr.write('${printed}');`;
    const sources: readonly KeySource[] = [
      command(`${print} process.exitCode = 3;`),
      command(`${print} process.kill(process.pid, 'SIGTERM');`),
      command(`process.stdout.write('${printed}\\u0007');`),
      fromCommand([join(folder, 'no-such-program'), argument]),
      ({ refused }) => {
        if (refused === undefined) return refusedKey;
        throw Object.assign(new Error(`${refused} was revoked`), { refused });
      },
      ({ refused }) => (refused === undefined ? refusedKey : `${refused}\u0000`),
    ];
    for (const source of sources) {
      await using endpoint = await startEndpoint({ credential: () => ({ status: 401 }) });
      await using llm = new HttpLLM({
        endpoint: endpoint.url,
        auth: apiKey({ apiKey: source }),
        retry: { retries: 0 },
      });
      llm.on('credential', harness.onEvent);
      for (const run of [
        () => llm.ready(),
        () => llm.call('Hello', { callbacks: [harness.onEvent] }),
        () => llm.call('Hello'),
      ]) {
        await harness.watch<unknown>(run);
      }
      const { error } = await harness.watch(() => llm.call('Hello'));
      expect(error).toMatchObject({ code: expect.stringMatching(/^(CREDENTIAL|CONFIGURATION)$/) });
      harness.inspect('the LLM', llm);
    }
    harness.assertClean();
  });

  it.each<[string, (secret: string) => object]>([
    ['with a line break [T15]', secret => ({ apiKey: `${secret}\r\nx-evil: 1` })],
    ['with a line break at its end', secret => ({ apiKey: `${secret}\n` })],
    ['with a zero byte', secret => ({ apiKey: `${secret}\0` })],
    ['with a line separator', secret => ({ apiKey: `${secret}\u2028` })],
    ['with a byte order mark', secret => ({ apiKey: `\uFEFF${secret}` })],
    ['with a space before it', secret => ({ apiKey: ` ${secret}` })],
    ['given twice', secret => ({ apiKey: [secret, secret] })],
    ['in a pool with an empty one', secret => ({ apiKey: [secret, ''] })],
    ['wrapped in an object', secret => ({ apiKey: { toString: () => secret, secret } })],
    ['as a header name', secret => ({ apiKey: 'k', header: `x ${secret}` })],
    ['as a scheme', secret => ({ apiKey: 'k', scheme: `${secret} x` })],
    ['as an option’s name', secret => ({ apiKey: secret, query: 'key', header: 'x-key' })],
    ['in a header of the transport [T16]', secret => ({ authHeaders: { host: secret } })],
    ['in a header with a line break', secret => ({ authHeaders: { 'x-key': `${secret}\r\n` } })],
    ['in a header that is set twice', secret => ({ apiKey: secret, authHeaders: { Authorization: secret } })],
  ])('throws a ConfigurationError that does not show it: %s', async (_how, options) => {
    const harness = createLeakHarness();
    const wrong = options(harness.sentinel('key'));
    for (const make of [
      () => Reflect.apply(apiKey, undefined, [wrong]),
      () => Reflect.construct(ApiKeyLLM, [{ endpoint: 'https://llm.example/', ...wrong }]),
    ]) {
      const { error } = await harness.watch(make);
      expect(error).toMatchObject({ code: 'CONFIGURATION' });
    }
    harness.assertClean();
  });

  it('is validated at construction and not shown if it comes from the environment or a file', async () => {
    const harness = createLeakHarness();
    const secret = harness.sentinel('key');
    vi.stubEnv('LEAKS_WRONG_KEY', `${secret}\u0007`);
    await writeFile(join(folder, 'wrong'), `${secret}\n\n`);
    for (const source of [fromEnv('LEAKS_WRONG_KEY'), fromFile(join(folder, 'wrong'))]) {
      const { error } = await harness.watch(() => apiKey({ apiKey: source }));
      expect(error).toMatchObject({ code: 'CONFIGURATION' });
    }
    harness.assertClean();
  });
});

describe('an API key under an unusual scheme', () => {
  it('is redacted if the server repeats it without its scheme', async () => {
    const key = 'a-key-that-nobody-else-may-see';
    for (const scheme of ['api_key', '1st', 'x.y', '~']) {
      await using endpoint = await startEndpoint({
        respond: ({ headers }) => {
          expect(headers['x-gateway']).toBe(`${scheme} ${key}`);
          return { status: 400, json: { error: { message: `There is no project for ${key}.` } } };
        },
      });
      await using llm = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: key, header: 'x-gateway', scheme });
      const error: unknown = await llm.generate('Hello').catch((thrown: unknown) => thrown);
      expect(inspect(error, { depth: 10, showHidden: true })).toContain('There is no project for');
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(key);
    }
  });
});
