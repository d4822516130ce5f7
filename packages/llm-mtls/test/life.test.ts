import { chmodSync } from 'node:fs';
import { type RecordedRequest, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { clientCertificate, MtlsLLM } from '../src/index.ts';
import { temporaryFolder } from './fixtures/folder.ts';
import { createRotationSetup, peers, writePair } from './fixtures/rotation-setup.ts';

const resources = trackResources();
afterAll(() => resources.check());

const { client, first, second, start, observe } = await createRotationSetup();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('the expiry of a certificate', () => {
  it.each([
    ['a fifth of its life', 10 * DAY, {}, 8 * DAY],
    ['7 days of a long one', 365 * DAY, {}, 358 * DAY],
    ['the time in warnBefore', 365 * DAY, { warnBefore: 30 * DAY }, 335 * DAY],
  ])('is announced once, when %s is left', async (_, life, options, warned) => {
    await using endpoint = await start();
    const now = Date.now();
    const issued = await client({ notBefore: new Date(now), notAfter: new Date(now + life) });
    const { llm, clock, events, actions } = observe(endpoint, { cert: issued.chain, key: issued.key, ...options });
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

  it('causes an error without a request, with the reason why a newer certificate is not in use', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const { llm, clock } = observe(endpoint, writePair(folder, first));
    await using _llm = llm;
    folder.write({ 'tls.crt': second.chain });
    await clock.advance(25 * HOUR);
    await expect(llm.call('Hi')).rejects.toMatchObject({
      name: 'CredentialError',
      message: expect.stringMatching(/CN=first expired at .*A newer one exists but cannot be used: .*does not fit/u),
    });
    expect(endpoint.connections.total).toBe(0);
  });
});

it('the files are checked immediately if a page refuses the certificate, and the request is sent again', async () => {
  using folder = temporaryFolder();
  const page = '<html><head><title>400 The SSL certificate error</title></head></html>';
  const revoked = ({ tls }: RecordedRequest) => tls?.peer?.subject !== 'CN=first' || { status: 400, body: page };
  await using endpoint = await start({ credential: revoked });
  const { llm } = observe(endpoint, writePair(folder, first));
  await using _llm = llm;
  await expect(llm.call('Hi')).rejects.toMatchObject({ name: 'AuthenticationError', status: 400 });
  expect(endpoint.requests).toHaveLength(1);
  writePair(folder, second);
  expect(await llm.call('Hi')).toBe('Hello');
  expect(peers(endpoint)).toEqual(['CN=first', 'CN=first', 'CN=second']);
});

describe('a key file that other users can read [T40]', () => {
  it.each([
    ['0600', 0o600, false],
    ['0400', 0o400, false],
    ['0640', 0o640, true],
    ['0644', 0o644, true],
    ['0604', 0o604, true],
  ])('is reported or rejected by its mode %s', async (name, mode, isOpen) => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const paths = writePair(folder, first);
    chmodSync(paths.keyFile, mode);
    const { llm, events } = observe(endpoint, paths);
    await using _llm = llm;
    await llm.ready();
    await llm.ready();
    const event = { type: 'key-permissions', path: paths.keyFile, mode: name };
    expect(events).toEqual(isOpen ? [expect.objectContaining(event)] : []);
    const strict = () => new MtlsLLM({ endpoint: endpoint.url, ...paths, strictPermissions: true });
    if (isOpen) expect(strict).toThrow(/Other users can read the private key.*chmod 600/u);
    else await strict().close();
  });
});

it('the credentials of a connection are returned synchronously as the same object if nothing has changed', () => {
  using folder = temporaryFolder();
  const certificate = clientCertificate(writePair(folder, first));
  const { signal } = new AbortController();
  const one = certificate.connection({ signal });
  expect(one).not.toBeInstanceOf(Promise);
  expect(certificate.connection({ signal })).toBe(one);
});
