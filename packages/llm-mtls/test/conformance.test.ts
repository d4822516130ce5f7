import type { AdapterSetting, AdapterUnderTest, RecordedRequest } from '@crew/llm-testkit';
import { describeAdapter } from '@crew/llm-testkit/vitest';
import { MtlsLLM, type MtlsLLMOptions } from '../src/index.ts';
import { createPki } from './fixtures/pki.ts';

const { authority, client } = await createPki();
const certificate = await authority.issue({ commonName: 'localhost', dns: ['localhost'], ip: ['127.0.0.1', '::1'] });
const endpoint = { tls: { authority, certificate }, clientCertificate: 'require' } as const;
/** What nginx answers when it does not accept the certificate. */
const PAGE = '<html><head><title>400 The SSL certificate error</title></head></html>';

describeAdapter({ name: 'MtlsLLM with a certificate from a function', endpoint, create: renewed });

describeAdapter({
  name: 'MtlsLLM with a fixed certificate, over HTTP/2',
  endpoint: { ...endpoint, http2: true },
  capabilities: { credential: 'fixed' },
  create: fixed,
});

/** The authority stands alone: for each of these LLMs Node would read the 150 of its own anew. */
function server({ endpoint: url, ca }: AdapterSetting): Pick<MtlsLLMOptions, 'endpoint' | 'ca' | 'caMode'> {
  return { endpoint: url, ...(ca === undefined ? {} : { ca, caMode: 'replace' }) };
}

/** A new certificate each time; the one behind a request is known by its fingerprint. */
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
  const { clock } = setting;
  const llm = new MtlsLLM({ ...server(setting), clock, load: () => issue(setting) });
  return { llm, credential: judge(setting) };
}

async function fixed(setting: AdapterSetting): Promise<AdapterUnderTest> {
  const { clock } = setting;
  const llm = new MtlsLLM({ ...server(setting), clock, allowH2: true, ...(await issue(setting)) });
  return { llm, credential: judge(setting) };
}
