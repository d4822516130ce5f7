import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CrewEvent } from '@crew/core';
import {
  type Endpoint,
  type IssuedCertificate,
  manualClock,
  type RecordedRequest,
  startEndpoint,
  text,
  trackResources,
} from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { clientCertificate, MtlsLLM, type MtlsLLMOptions } from '../src/index.ts';
import { type TemporaryFolder, temporaryFolder } from './fixtures/folder.ts';
import { heldStream } from './fixtures/held-stream.ts';
import { createPki } from './fixtures/pki.ts';

const resources = trackResources();
afterAll(() => resources.check());

const { authority, client } = await createPki();
const ca = authority.certificate;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const [first, second, third] = await Promise.all(
  ['first', 'second', 'third'].map(commonName => client({ commonName })),
);
if (first === undefined || second === undefined || third === undefined) throw new Error('no certificates');

const start = (options = {}) =>
  startEndpoint({ tls: { authority }, clientCertificate: 'require', respond: () => text('Hello'), ...options });

/** Writes a pair as most writers do: one file after the other. */
function put(folder: TemporaryFolder, issued: IssuedCertificate) {
  const { 'tls.crt': certFile, 'tls.key': keyFile } = folder.write({ 'tls.crt': issued.chain, 'tls.key': issued.key });
  return { certFile, keyFile };
}

/** An LLM whose clock stands still, and what its listeners were told. */
function watched(endpoint: Endpoint, options: Partial<MtlsLLMOptions>) {
  const clock = manualClock({ wall: Date.now() });
  const llm = new MtlsLLM({ endpoint: endpoint.url, ca, clock, ...options });
  const events: CrewEvent[] = [];
  llm.on('credential', event => events.push(event));
  llm.on('key-permissions', event => events.push(event));
  const actions = () => events.map(event => (event.type === 'credential' ? event.action : event.type));
  return { clock, llm, events, actions };
}

const peers = (endpoint: Endpoint) => endpoint.requests.map(({ tls }) => tls?.peer?.subject);

describe.each([
  ['HTTP/1.1', false],
  ['HTTP/2', true],
])('changed files, over %s', (_, http2) => {
  it('are used by the next connection within a second, without resuming a session of the old one (threat 54)', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start({ http2 });
    const { llm, clock, actions } = watched(endpoint, { ...put(folder, first), allowH2: http2 });
    await using _llm = llm;
    await llm.call('Hi');
    await llm.call('Hi');
    put(folder, second);
    await llm.call('Hi');
    await clock.advance(1_000);
    await llm.call('Hi');
    expect(peers(endpoint)).toEqual(['CN=first', 'CN=first', 'CN=first', 'CN=second']);
    const before = endpoint.requests.slice(0, -1).map(({ connection }) => connection);
    expect(before).not.toContain(endpoint.requests.at(-1)?.connection);
    expect(endpoint.requests.at(-1)?.tls?.sessionReused).toBe(false);
    expect(actions()).toEqual(['renewed']);
    expect(llm.certificate?.subject).toBe('CN=second');
  });

  it('leave a request in flight to its end on the old connection, which then goes', async () => {
    using folder = temporaryFolder();
    const held = heldStream();
    await using endpoint = await start({ http2, replies: [held.reply] });
    const { llm, clock } = watched(endpoint, { ...put(folder, first), allowH2: http2 });
    await using _llm = llm;
    const parts = llm.stream('Hi')[Symbol.asyncIterator]();
    expect((await parts.next()).value).toMatchObject({ type: 'text', text: 'Hello' });
    put(folder, second);
    await clock.advance(1_000);
    await llm.call('Hi');
    expect(endpoint.connections.open).toBe(2);
    held.release();
    const rest: unknown[] = [];
    for (let part = await parts.next(); part.done !== true; part = await parts.next()) rest.push(part.value);
    expect(rest.at(-1)).toMatchObject({ type: 'finish', generation: { text: 'Hello again' } });
    expect(peers(endpoint)).toEqual(['CN=first', 'CN=second']);
    await expect.poll(() => endpoint.connections.open).toBe(1);
  });

  it('give the old connection 30 seconds to end', async () => {
    using folder = temporaryFolder();
    const held = heldStream();
    await using endpoint = await start({ http2, replies: [held.reply] });
    const { llm, clock } = watched(endpoint, { ...put(folder, first), allowH2: http2, retry: { retries: 0 } });
    await using _llm = llm;
    const parts = llm.stream('Hi')[Symbol.asyncIterator]();
    await parts.next();
    put(folder, second);
    await clock.advance(1_000);
    await llm.call('Hi');
    await clock.advance(29_000);
    expect(endpoint.connections.open).toBe(2);
    const ending = parts.next().catch((error: Error) => error);
    await clock.advance(1_000);
    expect(await ending).toMatchObject({ name: expect.stringMatching(/ConnectionError|AbortError/u) });
    await expect.poll(() => endpoint.connections.open).toBe(1);
    expect(await llm.call('Hi')).toBe('Hello');
    held.release();
  });
});

describe('what the files hold', () => {
  it('is used only whole: a pair that does not fit keeps the old one, and says so once', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const { llm, clock, events, actions } = watched(endpoint, put(folder, first));
    await using _llm = llm;
    await llm.call('Hi');
    folder.write({ 'tls.crt': second.chain });
    for (let step = 0; step < 30; step += 1) {
      await clock.advance(100);
      await llm.call('Hi');
    }
    expect(new Set(peers(endpoint))).toEqual(new Set(['CN=first']));
    expect(endpoint.connections.total).toBe(1);
    expect(actions()).toEqual(['failed']);
    expect(events[0]).toMatchObject({
      error: { message: expect.stringMatching(/does not fit the certificate.*CN=second/u) },
    });
    folder.write({ 'tls.key': second.key });
    await clock.advance(1_000);
    await llm.call('Hi');
    expect(actions()).toEqual(['failed', 'renewed']);
    expect(peers(endpoint).at(-1)).toBe('CN=second');
  });

  it('may be torn for a moment: nothing is said, and the pair is used as soon as it is whole', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const { llm, clock, actions } = watched(endpoint, put(folder, first));
    await using _llm = llm;
    await llm.call('Hi');
    folder.write({ 'tls.crt': second.chain.slice(0, 300) });
    await clock.advance(1_000);
    await llm.call('Hi');
    folder.write({ 'tls.crt': second.chain });
    await clock.advance(100);
    await llm.call('Hi');
    folder.write({ 'tls.key': second.key });
    await clock.advance(100);
    await llm.call('Hi');
    expect(peers(endpoint)).toEqual(['CN=first', 'CN=first', 'CN=first', 'CN=second']);
    expect(actions()).toEqual(['renewed']);
  });

  it('may be missing for a moment', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const { llm, clock, actions } = watched(endpoint, put(folder, first));
    await using _llm = llm;
    rmSync(join(folder.path, 'tls.key'));
    await clock.advance(1_000);
    await llm.call('Hi');
    put(folder, second);
    await clock.advance(100);
    await llm.call('Hi');
    expect(peers(endpoint)).toEqual(['CN=first', 'CN=second']);
    expect(actions()).toEqual(['renewed']);
  });

  it('changes by Kubernetes’ swap of a symbolic link', async () => {
    using folder = temporaryFolder();
    const version = (name: string, { chain, key }: IssuedCertificate) => {
      mkdirSync(join(folder.path, name));
      writeFileSync(join(folder.path, name, 'tls.crt'), chain);
      writeFileSync(join(folder.path, name, 'tls.key'), key, { mode: 0o600 });
      symlinkSync(name, join(folder.path, '..data_tmp'));
      renameSync(join(folder.path, '..data_tmp'), join(folder.path, '..data'));
    };
    version('..2026_11_01', first);
    const [certFile, keyFile] = ['tls.crt', 'tls.key'].map(name => join(folder.path, name));
    for (const name of ['tls.crt', 'tls.key']) symlinkSync(join('..data', name), join(folder.path, name));
    await using endpoint = await start();
    const { llm, clock, actions } = watched(endpoint, { certFile, keyFile });
    await using _llm = llm;
    await llm.call('Hi');
    version('..2026_11_02', second);
    rmSync(join(folder.path, '..2026_11_01'), { recursive: true });
    await clock.advance(1_000);
    await llm.call('Hi');
    expect(peers(endpoint)).toEqual(['CN=first', 'CN=second']);
    expect(actions()).toEqual(['renewed']);
  });

  it('is the same after being touched: connections stay', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const paths = put(folder, first);
    const { llm, clock, actions } = watched(endpoint, paths);
    await using _llm = llm;
    await llm.call('Hi');
    utimesSync(paths.certFile, new Date(), new Date(Date.now() + 5_000));
    await clock.advance(1_000);
    await llm.call('Hi');
    expect(endpoint.connections.total).toBe(1);
    expect(actions()).toEqual([]);
  });

  it('is used when it becomes valid', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const soon = await client({ commonName: 'soon', notBefore: new Date(Date.now() + 60_000) });
    const { llm, clock, actions } = watched(endpoint, put(folder, first));
    await using _llm = llm;
    put(folder, soon);
    await clock.advance(1_000);
    await llm.ready();
    await clock.advance(1_000);
    await llm.ready();
    expect(llm.certificate?.subject).toBe('CN=first');
    await clock.advance(60_000);
    await llm.ready();
    expect(llm.certificate?.subject).toBe('CN=soon');
    expect(actions()).toEqual(['failed', 'renewed']);
  });

  it('is looked at without any timer: a program that is done with it exits, and a later use sees the newest', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const { llm, clock } = watched(endpoint, put(folder, first));
    await using _llm = llm;
    expect(clock.sleepers).toBe(0);
    put(folder, second);
    await clock.advance(7 * HOUR);
    put(folder, third);
    await llm.call('Hi');
    expect(peers(endpoint)).toEqual(['CN=third']);
  });

  it('has new authorities with it: the old ones are trusted no longer (S82, as far as files go)', async () => {
    using folder = temporaryFolder();
    const other = await createPki();
    const { caFile } = folder.write({ caFile: ca });
    await using endpoint = await startEndpoint({ tls: { authority }, respond: () => text('Hello') });
    const { llm, clock } = watched(endpoint, { ...put(folder, first), ca: undefined, caFile, caMode: 'replace' });
    await using _llm = llm;
    await llm.call('Hi');
    folder.write({ caFile: other.authority.certificate });
    await clock.advance(1_000);
    await expect(llm.call('Hi')).rejects.toMatchObject({ name: 'ConnectionError' });
  });
});

describe('a certificate from load', () => {
  it('is asked for again after maxAge, in the background, and then used by new connections', async () => {
    await using endpoint = await start();
    const given = [first, second, third];
    const load = async () => {
      const next = given.shift() ?? third;
      return { cert: next.chain, key: next.key };
    };
    const { llm, clock, actions } = watched(endpoint, { load, maxAge: 60_000 });
    await using _llm = llm;
    await llm.call('Hi');
    await clock.advance(61_000);
    await llm.call('Hi');
    await expect.poll(() => llm.certificate?.subject).toBe('CN=second');
    await llm.call('Hi');
    expect(peers(endpoint)).toEqual(['CN=first', 'CN=first', 'CN=second']);
    expect(actions()).toContain('renewed');
  });

  it('is asked for again when two thirds of its life are over', async () => {
    await using endpoint = await start();
    let asked = 0;
    const now = Date.now();
    const long = await client({ notBefore: new Date(now), notAfter: new Date(now + 30 * DAY) });
    const load = () => {
      asked += 1;
      return { cert: long.chain, key: long.key };
    };
    const { llm, clock } = watched(endpoint, { load });
    await using _llm = llm;
    await llm.ready();
    await clock.advance(19 * DAY);
    await llm.ready();
    expect(asked).toBe(1);
    await clock.advance(2 * DAY);
    await llm.ready();
    expect(asked).toBe(2);
  });

  it('stays in use when a new one cannot be had or used, and the failure is told', async () => {
    await using endpoint = await start();
    const given = [
      { cert: first.chain, key: first.key },
      { cert: second.chain, key: third.key },
    ];
    const load = () => given.shift() ?? Promise.reject(new Error('vault is sealed'));
    const { llm, clock, events, actions } = watched(endpoint, { load, maxAge: 60_000 });
    await using _llm = llm;
    await llm.call('Hi');
    await clock.advance(61_000);
    await llm.call('Hi');
    await expect.poll(actions).toContain('failed');
    expect(events.at(-1)).toMatchObject({ error: { message: expect.stringMatching(/does not fit/u) } });
    await llm.call('Hi');
    expect(new Set(peers(endpoint))).toEqual(new Set(['CN=first']));
  });
});

describe('the end of a certificate’s life', () => {
  it.each([
    ['a fifth of its life', 10 * DAY, {}, 8 * DAY],
    ['7 days of a long one', 365 * DAY, {}, 358 * DAY],
    ['what warnBefore says', 365 * DAY, { warnBefore: 30 * DAY }, 335 * DAY],
  ])('is told once, when %s is left', async (_, life, options, warned) => {
    await using endpoint = await start();
    const now = Date.now();
    const issued = await client({ notBefore: new Date(now), notAfter: new Date(now + life) });
    const { llm, clock, events, actions } = watched(endpoint, { cert: issued.chain, key: issued.key, ...options });
    await using _llm = llm;
    await clock.advance(warned - HOUR);
    await llm.ready();
    expect(actions()).toEqual([]);
    await clock.advance(2 * HOUR);
    await llm.ready();
    await llm.ready();
    expect(actions()).toEqual(['expiring']);
    expect(events[0]).toMatchObject({ authenticator: 'client-certificate', expiresAt: expect.any(Number) });
  });

  it('is an error that says so, and why a newer one is not in use; nothing is sent', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const { llm, clock } = watched(endpoint, put(folder, first));
    await using _llm = llm;
    folder.write({ 'tls.crt': second.chain });
    await clock.advance(25 * HOUR);
    await expect(llm.call('Hi')).rejects.toMatchObject({
      name: 'CredentialError',
      message: expect.stringMatching(/CN=first expired at .*A newer one is there, but cannot be used: .*does not fit/u),
    });
    expect(endpoint.connections.total).toBe(0);
  });
});

it('a certificate that the server’s page refuses is looked for anew at once, and the request sent again', async () => {
  using folder = temporaryFolder();
  const page = '<html><head><title>400 The SSL certificate error</title></head></html>';
  const revoked = ({ tls }: RecordedRequest) => tls?.peer?.subject !== 'CN=first' || { status: 400, body: page };
  await using endpoint = await start({ credential: revoked });
  const { llm } = watched(endpoint, put(folder, first));
  await using _llm = llm;
  await expect(llm.call('Hi')).rejects.toMatchObject({ name: 'AuthenticationError', status: 400 });
  expect(endpoint.requests).toHaveLength(1);
  put(folder, second);
  expect(await llm.call('Hi')).toBe('Hello');
  expect(peers(endpoint)).toEqual(['CN=first', 'CN=first', 'CN=second']);
});

describe('a key file that others may read (threat 40)', () => {
  it.each([
    ['0600', 0o600, false],
    ['0400', 0o400, false],
    ['0640', 0o640, true],
    ['0644', 0o644, true],
    ['0604', 0o604, true],
  ])('mode %s', async (name, mode, isOpen) => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const paths = put(folder, first);
    const { chmodSync } = await import('node:fs');
    chmodSync(paths.keyFile, mode);
    const { llm, events } = watched(endpoint, paths);
    await using _llm = llm;
    await llm.ready();
    await llm.ready();
    const told = { type: 'key-permissions', path: paths.keyFile, mode: name };
    expect(events).toEqual(isOpen ? [expect.objectContaining(told)] : []);
    const strict = () => new MtlsLLM({ endpoint: endpoint.url, ...paths, strictPermissions: true });
    if (isOpen) expect(strict).toThrow(/Others may read the private key.*chmod 600/u);
    else await strict().close();
  });
});

it('answers at once, with the same object, while nothing changed', () => {
  using folder = temporaryFolder();
  const certificate = clientCertificate(put(folder, first));
  const { signal } = new AbortController();
  const one = certificate.connection({ signal });
  expect(one).not.toBeInstanceOf(Promise);
  expect(certificate.connection({ signal })).toBe(one);
});
