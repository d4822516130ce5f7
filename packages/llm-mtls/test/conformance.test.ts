import type { AdapterSetting, AdapterUnderTest, RecordedRequest } from '@crew/llm-testkit';
import { describeAdapter } from '@crew/llm-testkit/vitest';
import { MtlsLLM } from '../src/index.ts';
import { createPki } from './fixtures/pki.ts';

const { authority, client } = await createPki();
const certificate = await authority.issue({ commonName: 'localhost', dns: ['localhost'], ip: ['127.0.0.1', '::1'] });
const endpoint = { tls: { authority, certificate }, clientCertificate: 'require' } as const;
/** Response of nginx to a certificate that it does not accept. */
const PAGE = '<html><head><title>400 The SSL certificate error</title></head></html>';

describeAdapter({ name: 'MtlsLLM with a certificate from a function', endpoint, create: renewed });

describeAdapter({
  name: 'MtlsLLM with a fixed certificate, over HTTP/2',
  endpoint: { ...endpoint, http2: true },
  capabilities: { credential: 'fixed' },
  create: fixed,
});

/** A source of new certificates. The certificate of a request is identified by its fingerprint. */
async function issue({ issuer, secret }: AdapterSetting) {
  const issued = await client();
  await issuer.issue(issued.fingerprint256);
  secret('private key', issued.key.split('\n')[1] ?? '');
  return { cert: issued.chain, key: issued.key };
}

function judge({ issuer }: AdapterSetting) {
  return ({ tls }: RecordedRequest) =>
    issuer.check(tls?.peer?.fingerprint256) === true || ({ status: 400, body: PAGE } as const);
}

function renewed(setting: AdapterSetting): AdapterUnderTest {
  const { endpoint: url, ca, clock } = setting;
  const llm = new MtlsLLM({ endpoint: url, ca, clock, maxResponseBytes: 1_048_576, load: () => issue(setting) });
  return { llm, credential: judge(setting) };
}

async function fixed(setting: AdapterSetting): Promise<AdapterUnderTest> {
  const { endpoint: url, ca, clock } = setting;
  const llm = new MtlsLLM({ endpoint: url, ca, clock, allowH2: true, ...(await issue(setting)) });
  return { llm, credential: judge(setting) };
}
