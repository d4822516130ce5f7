import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { inspect } from 'node:util';
import { createLeakHarness, startEndpoint, text } from '@crew/llm-testkit';
import { expect, it } from 'vitest';
import { clientCertificate, MtlsLLM } from '../src/index.ts';
import { temporaryFolder } from './fixtures/folder.ts';
import { findOpenssl } from './fixtures/openssl.ts';
import { createPki, pemOf } from './fixtures/pki.ts';

const { authority, client } = await createPki();
const ca = authority.certificate;

/** Returns the inner lines of a PEM key, none of which may be shown. */
const bodyOf = (pem: string) => pem.split('\n').slice(1, -2).join('');

it('no error, event or printed object contains a key or a passphrase [T37] [T40]', async () => {
  const harness = createLeakHarness();
  const issued = await client();
  const elsewhere = await (await createPki()).client();
  const passphrase = harness.sentinel('passphrase');
  const encrypted = createPrivateKey(issued.key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
    .toString();
  harness.plant('key', bodyOf(issued.key));
  harness.plant('first line of the key', issued.key.split('\n')[1] ?? '');
  harness.plant('other key', bodyOf(elsewhere.key));
  await using endpoint = await startEndpoint({
    tls: { authority },
    clientCertificate: 'require',
    respond: () => text('Hello'),
  });
  using folder = temporaryFolder();

  const faults = [
    { cert: issued.chain, key: encrypted, passphrase: `${passphrase}x` },
    { cert: issued.chain, key: encrypted },
    { cert: issued.chain, key: elsewhere.key },
    { cert: issued.key, key: issued.key },
    { cert: issued.chain, key: issued.key.replace('MIG', 'MIX') },
    { cert: issued.chain, key: issued.key + elsewhere.key },
    { pkcs12: Buffer.from(issued.key), passphrase },
    { cert: issued.chain, key: encrypted, passphrase: async () => passphrase },
    {
      cert: issued.chain,
      key: encrypted,
      passphrase: () => {
        throw new Error(`cannot decrypt ${passphrase}`);
      },
    },
  ];
  for (const options of faults) {
    const outcome = await harness.watch(() => clientCertificate(options as never));
    expect(outcome.error).toBeDefined();
  }

  const certificate = clientCertificate({ cert: issued.chain, key: encrypted, passphrase, ca });
  harness.inspect('authenticator', certificate);
  // The property `key` is public, but printing or serialising the whole object must not show it.
  const credentials = await certificate.connection({ signal: new AbortController().signal });
  const printed = [
    inspect(credentials, { depth: null, showHidden: true }),
    JSON.stringify(credentials),
    { ...credentials },
  ];
  harness.inspect('printed credentials', printed);
  const paths = folder.write({ certFile: issued.chain, keyFile: encrypted });
  await using llm = new MtlsLLM({ endpoint: endpoint.url, ca, ...paths, passphrase, strictPermissions: true });
  llm.on('credential', harness.onEvent);
  expect((await harness.watch(() => llm.call('Hi'))).value).toBe('Hello');
  harness.inspect('llm', llm);
  harness.inspect('certificate', llm.certificate);
  for (const pem of [
    pemOf(elsewhere),
    { cert: issued.chain, key: issued.key, serverSpiffeId: 'spiffe://example.org' },
  ]) {
    await using refused = new MtlsLLM({ endpoint: endpoint.url, ca, retry: { retries: 0 }, ...pem });
    expect((await harness.watch(() => refused.call('Hi'))).error).toBeDefined();
    harness.inspect('refused llm', refused);
  }
  harness.assertClean();
});

const openssl = findOpenssl();
if (openssl !== undefined) {
  it('the passphrase of a PKCS#12 file is not stored and not part of any error [T37]', async () => {
    const harness = createLeakHarness();
    using folder = temporaryFolder();
    const passphrase = harness.sentinel('passphrase');
    const issued = await client();
    const { cert, key, out } = folder.write({ cert: issued.chain, key: issued.key, out: '' });
    openssl('pkcs12', '-export', '-in', cert, '-inkey', key, '-out', out, '-passout', `pass:${passphrase}`);
    let reads = 0;
    const read = (value: string) => () => {
      reads += 1;
      return value;
    };
    const held = clientCertificate({ pkcs12File: out, passphrase: read(passphrase) });
    harness.inspect('authenticator', held);
    await held.connection({ signal: new AbortController().signal });
    expect(reads).toBe(1);
    await harness.watch(() => clientCertificate({ pkcs12File: out, passphrase: read(`${passphrase}!`) }));
    harness.assertClean();
  });
}

it('a program exits when it has closed its LLM with a client certificate', () => {
  const program = `
    import { createAuthority, startEndpoint, text } from '@crew/llm-testkit';
    import { MtlsLLM } from '@crew/llm-mtls';
    const authority = await createAuthority();
    const endpoint = await startEndpoint({ tls: { authority }, clientCertificate: 'require', replies: [text('Hello')] });
    const issued = await authority.issue({ commonName: 'crew', usage: 'client' });
    const llm = new MtlsLLM({ endpoint: endpoint.url, ca: authority.certificate, cert: issued.chain, key: issued.key });
    console.log(await llm.call('Hi'));
    await llm.close();
    await endpoint.close();
  `;
  const argv = ['--conditions=@crew/source', '--input-type=module', '-e', program];
  const printed = execFileSync(process.execPath, argv, { cwd: import.meta.dirname, encoding: 'utf8' });
  expect(printed).toBe('Hello\n');
});
