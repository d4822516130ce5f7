import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IssuedCertificate, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './fixtures/folder.ts';
import { createPki } from './fixtures/pki.ts';
import { createRotationSetup, peers, writePair } from './fixtures/rotation-setup.ts';

const resources = trackResources();
afterAll(() => resources.check());

const { authority, ca, client, first, second, start, third, observe } = await createRotationSetup();
const HOUR = 3_600_000;

describe('the content of certificate files', () => {
  it('is used only as a whole: a pair that does not fit leaves the old one in use and is reported once', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const { llm, clock, events, actions } = observe(endpoint, writePair(folder, first));
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

  it('may be incomplete for a moment: nothing is reported, and the pair is used as soon as it is complete', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const { llm, clock, actions } = observe(endpoint, writePair(folder, first));
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

  it('may end within a later certificate of the chain while the key is already there', async () => {
    using folder = temporaryFolder();
    const below = await (await authority.intermediate()).issue({ commonName: 'below', usage: 'client' });
    await using endpoint = await start();
    const { llm, clock, actions } = observe(endpoint, writePair(folder, first));
    await using _llm = llm;
    await llm.call('Hi');
    folder.write({ 'tls.key': below.key, 'tls.crt': below.chain.slice(0, below.certificate.length + 300) });
    await clock.advance(1_000);
    await llm.call('Hi');
    expect(actions()).toEqual([]);
    folder.write({ 'tls.crt': below.chain });
    await clock.advance(100);
    await llm.call('Hi');
    expect(peers(endpoint)).toEqual(['CN=first', 'CN=first', 'CN=below']);
    expect(actions()).toEqual(['renewed']);
  });

  it('may be missing for a moment', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const { llm, clock, actions } = observe(endpoint, writePair(folder, first));
    await using _llm = llm;
    rmSync(join(folder.path, 'tls.key'));
    await clock.advance(1_000);
    await llm.call('Hi');
    writePair(folder, second);
    await clock.advance(100);
    await llm.call('Hi');
    expect(peers(endpoint)).toEqual(['CN=first', 'CN=second']);
    expect(actions()).toEqual(['renewed']);
  });

  it('is read again when Kubernetes swaps a symbolic link', async () => {
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
    const { llm, clock, actions } = observe(endpoint, { certFile, keyFile });
    await using _llm = llm;
    await llm.call('Hi');
    version('..2026_11_02', second);
    rmSync(join(folder.path, '..2026_11_01'), { recursive: true });
    await clock.advance(1_000);
    await llm.call('Hi');
    expect(peers(endpoint)).toEqual(['CN=first', 'CN=second']);
    expect(actions()).toEqual(['renewed']);
  });

  it('keeps its connections if a file is touched without a change', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const paths = writePair(folder, first);
    const { llm, clock, actions } = observe(endpoint, paths);
    await using _llm = llm;
    await llm.call('Hi');
    utimesSync(paths.certFile, new Date(), new Date(Date.now() + 5_000));
    await clock.advance(1_000);
    await llm.call('Hi');
    expect(endpoint.connections.total).toBe(1);
    expect(actions()).toEqual([]);
  });

  it('is used as soon as its validity starts', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const soon = await client({ commonName: 'soon', notBefore: new Date(Date.now() + 60_000) });
    const { llm, clock, actions } = observe(endpoint, writePair(folder, first));
    await using _llm = llm;
    writePair(folder, soon);
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

  it('is checked without a timer: the program can exit, and a later use sees the newest content', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const { llm, clock } = observe(endpoint, writePair(folder, first));
    await using _llm = llm;
    expect(clock.sleepers).toBe(0);
    writePair(folder, second);
    await clock.advance(7 * HOUR);
    writePair(folder, third);
    await llm.call('Hi');
    expect(peers(endpoint)).toEqual(['CN=third']);
  });

  it('is read with the options as they were at construction [T6]', async () => {
    using folder = temporaryFolder();
    const other = await createPki();
    await using endpoint = await start();
    const authorities = [ca];
    const options = { ...writePair(folder, first), ca: authorities, caMode: 'replace' as 'append' | 'replace' };
    const { llm, clock } = observe(endpoint, options);
    await using _llm = llm;
    await llm.call('Hi');
    authorities.splice(0, 1, other.authority.certificate);
    Object.assign(options, { caMode: 'append', certFile: '/nowhere', strictPermissions: true });
    writePair(folder, second);
    await clock.advance(1_000);
    await llm.call('Hi');
    expect(peers(endpoint)).toEqual(['CN=first', 'CN=second']);
  });

  it('replaces the authorities: the old ones are no longer trusted [S82]', async () => {
    using folder = temporaryFolder();
    const other = await createPki();
    const { caFile } = folder.write({ caFile: ca });
    await using endpoint = await start({ clientCertificate: 'ignore' });
    const { llm, clock } = observe(endpoint, { ...writePair(folder, first), ca: undefined, caFile, caMode: 'replace' });
    await using _llm = llm;
    await llm.call('Hi');
    folder.write({ caFile: other.authority.certificate });
    await clock.advance(1_000);
    await expect(llm.call('Hi')).rejects.toMatchObject({ name: 'ConnectionError' });
  });
});
