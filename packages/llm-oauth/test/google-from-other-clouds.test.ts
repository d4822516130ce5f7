import { ConfigurationError } from '@crew/core';
import { HttpLLM } from '@crew/llm-http';
import { type Endpoint, json, type RecordedRequest, startEndpoint, status, text } from '@crew/llm-testkit';
import { AwsV4Signer } from 'aws4fetch';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type GoogleOptions, google } from '../src/google.ts';
import { type CloudNetwork, startCloudNetwork } from './cloud-network.ts';

const provider = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/other';
const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'aws-secret-key', sessionToken: 'aws-session-token' };

let network: CloudNetwork;
let metadata: Endpoint;
beforeEach(async () => {
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
    vi.stubEnv(name, undefined);
  }
  network = await startCloudNetwork(['sts.googleapis.com', 'llm.test'], ({ headers }) =>
    headers['host'] === 'llm.test' ? text('Hello.') : json({ access_token: 'google-token', expires_in: 3600 }),
  );
  metadata = await startEndpoint({ path: '*', respond: metadataService });
});
afterEach(async () => {
  await metadata.close();
  await network[Symbol.asyncDispose]();
});

/** Metadata service of EC2 (IMDSv2, which requires a session token) and of Azure. */
function metadataService({ method, path, headers }: RecordedRequest): ReturnType<typeof json> {
  if (path.startsWith('/metadata/identity/') && headers['metadata'] === 'True') {
    return json({ access_token: 'azure-identity', expires_in: '3599' });
  }
  if (path === '/latest/api/token') return method === 'PUT' ? page('imds-session') : status(405);
  if (headers['x-aws-ec2-metadata-token'] !== 'imds-session') return status(401);
  if (path.endsWith('/availability-zone')) return page('eu-west-1b');
  if (path.endsWith('/security-credentials')) return page('role');
  if (!path.endsWith('/security-credentials/role')) return status(404);
  return json({ AccessKeyId: keys.accessKeyId, SecretAccessKey: keys.secretAccessKey, Token: keys.sessionToken });
}

const page = (body: string): ReturnType<typeof json> =>
  status(200, { body, headers: { 'content-type': 'text/plain' } });

function llm(source: object, options: GoogleOptions = {}): HttpLLM {
  return new HttpLLM({
    endpoint: 'https://llm.test/v1/chat/completions',
    ca: network.authority.certificate,
    proxy: network.proxy,
    retry: { retries: 0 },
    auth: google({
      credentials: {
        type: 'external_account',
        audience: provider,
        subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
        token_url: 'https://sts.googleapis.com/v1/token',
        credential_source: source,
      },
      ...options,
    }),
  });
}

/** Returns the credential source that `gcloud iam workload-identity-pools create-cred-config --aws --enable-imdsv2` writes. */
const awsSource = (): object => ({
  environment_id: 'aws1',
  region_url: `${metadata.origin}/latest/meta-data/placement/availability-zone`,
  url: `${metadata.origin}/latest/meta-data/iam/security-credentials`,
  regional_cred_verification_url: 'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
  imdsv2_session_token_url: `${metadata.origin}/latest/api/token`,
});

function subjectToken(): string {
  const exchange = network.server.requests.find(({ headers }) => headers['host'] === 'sts.googleapis.com');
  return new URLSearchParams(exchange?.body).get('subject_token') ?? '';
}

/** Checks the signed request in the subject token, which Google sends to AWS (S86). */
async function expectSignedBy({ region }: { region: string }): Promise<void> {
  const { url, method, headers } = JSON.parse(decodeURIComponent(subjectToken()));
  expect(url).toBe(`https://sts.${region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15`);
  const sent = new Map<string, string>(headers.map(({ key, value }: { key: string; value: string }) => [key, value]));
  expect(sent.get('x-goog-cloud-target-resource')).toBe(provider);
  const signed = /SignedHeaders=([^,]+)/.exec(sent.get('authorization') ?? '')?.[1]?.split(';') ?? [];
  const signer = new AwsV4Signer({
    ...keys,
    url,
    method,
    region,
    service: 'sts',
    datetime: sent.get('x-amz-date') ?? '',
    headers: signed.filter(name => name !== 'host').map((name): [string, string] => [name, sent.get(name) ?? '']),
  });
  const { headers: expected } = await signer.sign();
  const signature = (text: string | null | undefined): string | undefined => /Signature=(\w+)/.exec(text ?? '')?.[1];
  expect(signature(sent.get('authorization'))).toMatch(/^[0-9a-f]{64}$/);
  expect(signature(sent.get('authorization'))).toBe(signature(expected.get('authorization')));
}

test("AWS keys in the environment sign the request that proves the machine's identity to Google", async () => {
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', keys.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', keys.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', keys.sessionToken);
  const { imdsv2_session_token_url: _imds, ...source } = awsSource() as Record<string, unknown>;
  await using one = llm(source);
  expect(await one.call('Hi')).toBe('Hello.');
  await expectSignedBy({ region: 'eu-central-1' });
  expect(metadata.requests).toHaveLength(0);
});

test('region and keys of an AWS machine are read from its metadata service without a proxy', async () => {
  await using one = llm(awsSource(), { trustedOrigins: [metadata.origin] });
  expect(await one.call('Hi')).toBe('Hello.');
  await expectSignedBy({ region: 'eu-west-1' });
  expect(network.hosts().join()).not.toContain('127.0.0.1');
});

test('the identity of an Azure machine is read from its metadata service', async () => {
  const source = {
    url: `${metadata.origin}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=api%3A%2F%2Fgcp`,
    headers: { Metadata: 'True' },
    format: { type: 'json', subject_token_field_name: 'access_token' },
  };
  await using one = llm(source, { trustedOrigins: [metadata.origin] });
  expect(await one.call('Hi')).toBe('Hello.');
  expect(subjectToken()).toBe('azure-identity');
});

test.each([
  ['of this machine', () => awsSource()],
  ['of AWS', () => ({ ...awsSource(), imdsv2_session_token_url: 'http://169.254.169.254/latest/api/token' })],
  ['of Azure', () => ({ url: 'http://169.254.169.254/metadata/identity/oauth2/token' })],
])('a metadata service %s receives no request unless it is trusted [T10]', async (_which, source) => {
  await using one = llm(source());
  await expect(one.call('Hi')).rejects.toThrow(
    /which does not belong to Google. If this is correct, add it to trustedOrigins/,
  );
  expect(metadata.requests).toHaveLength(0);
});

test('plain http to anything but a metadata service cannot be trusted [T10]', () => {
  expect(() => google({ trustedOrigins: ['http://10.0.0.1'] })).toThrow(ConfigurationError);
  expect(() => google({ trustedOrigins: ['http://169.254.169.254', 'http://[fd00:ec2::254]'] })).not.toThrow();
});
