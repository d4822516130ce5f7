import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, CredentialError } from '@crew/core';
import { HttpLLM } from '@crew/llm-http';
import {
  json,
  type ManualClock,
  manualClock,
  type RecordedRequest,
  type Reply,
  startEndpoint,
  status,
  text,
} from '@crew/llm-testkit';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadGoogleLibrary } from '../src/google/library.ts';
import { type GoogleOptions, google } from '../src/google.ts';
import { type CloudNetwork, startCloudNetwork } from './cloud-network.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const serviceAccount = {
  type: 'service_account',
  client_email: 'crew@project.iam.gserviceaccount.com',
  private_key: key,
  private_key_id: 'key-1',
};
const federation = {
  type: 'external_account',
  audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/github',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
};

let network: CloudNetwork;
let clock: ManualClock;
let answer: ((request: RecordedRequest) => Reply | undefined) | undefined;
beforeEach(async () => {
  answer = undefined;
  clock = manualClock();
  vi.stubEnv('GOOGLE_SDK_NODE_LOGGING', 'all');
  vi.stubEnv('CLOUDSDK_CONFIG', '/nonexistent');
  let count = 0;
  network = await startCloudNetwork(
    ['oauth2.googleapis.com', 'sts.googleapis.com', 'iamcredentials.googleapis.com', 'llm.test'],
    request => {
      const own = answer?.(request);
      if (own !== undefined) return own;
      const host = request.headers['host'];
      if (host === 'llm.test') return text('Hello.');
      count += 1;
      if (host === 'iamcredentials.googleapis.com') {
        return json({
          accessToken: `impersonated-${count}`,
          expireTime: new Date(Date.now() + 3_600_000).toISOString(),
        });
      }
      return json({
        access_token: `google-token-${count}`,
        expires_in: 3600,
        token_type: 'Bearer',
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      });
    },
  );
});
afterEach(async () => {
  await network[Symbol.asyncDispose]();
});

function llm(options: GoogleOptions): HttpLLM {
  return new HttpLLM({
    endpoint: 'https://llm.test/v1/chat/completions',
    ca: network.authority.certificate,
    proxy: network.proxy,
    retry: { retries: 0 },
    auth: google({ clock, ...options }),
    clock,
  });
}

const to = (host: string): readonly RecordedRequest[] =>
  network.server.requests.filter(({ headers }) => headers['host'] === host);
const form = (host: string): Record<string, string> => Object.fromEntries(new URLSearchParams(to(host).at(-1)?.body));

test('a service account sends a signed assertion through the proxy and the private authority of the LLM', async () => {
  await using one = llm({ credentials: serviceAccount });
  expect(await one.call('Hi')).toBe('Hello.');
  const { grant_type, assertion = '' } = form('oauth2.googleapis.com');
  expect(grant_type).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
  expect(decodeJwt(assertion)).toMatchObject({
    iss: serviceAccount.client_email,
    aud: 'https://oauth2.googleapis.com/token',
    scope: 'https://www.googleapis.com/auth/cloud-platform',
  });
  expect(to('llm.test')[0]?.headers['authorization']).toBe('Bearer google-token-1');
  expect(network.hosts()).toContain('oauth2.googleapis.com:443');
});

test('a Google token is cached until it is due and renewed in the background, and an outage then fails no call', async () => {
  await using one = llm({ credentials: serviceAccount });
  await one.call('Hi');
  await clock.advance(54 * 60_000);
  await one.call('Hi');
  expect(to('oauth2.googleapis.com')).toHaveLength(1);
  answer = ({ headers }) => (headers['host'] === 'oauth2.googleapis.com' ? status(503) : undefined);
  for (let minute = 0; minute < 5; minute += 1) {
    await clock.advance(60_000);
    expect(await one.call('Hi')).toBe('Hello.');
  }
  expect(to('oauth2.googleapis.com').length).toBeGreaterThan(1);
});

test('the token of a user who has logged in with gcloud is refreshed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'crew-gcloud-'));
  try {
    const user = { type: 'authorized_user', client_id: 'id', client_secret: 'secret', refresh_token: 'refresh' };
    await writeFile(join(directory, 'application_default_credentials.json'), JSON.stringify(user));
    vi.stubEnv('CLOUDSDK_CONFIG', directory);
    await using one = llm({});
    expect(await one.call('Hi')).toBe('Hello.');
    expect(form('oauth2.googleapis.com')).toMatchObject({ grant_type: 'refresh_token', refresh_token: 'refresh' });
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('GOOGLE_APPLICATION_CREDENTIALS names the credential file, and an unreadable file is a ConfigurationError', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'crew-adc-'));
  try {
    await writeFile(join(directory, 'key.json'), JSON.stringify(serviceAccount));
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(directory, 'key.json'));
    await using one = llm({});
    expect(await one.call('Hi')).toBe('Hello.');
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(directory, 'missing.json'));
    await using other = llm({});
    await expect(other.call('Hi')).rejects.toThrow(/missing.json cannot be read \(ENOENT\)/);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('workload identity federation exchanges a subject token and impersonates a service account', async () => {
  await using one = llm({
    credentials: {
      ...federation,
      service_account_impersonation_url:
        'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com:generateAccessToken',
    },
    subjectToken: () => 'subject-of-the-job',
  });
  expect(await one.call('Hi')).toBe('Hello.');
  expect(form('sts.googleapis.com')).toMatchObject({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: 'subject-of-the-job',
    audience: federation.audience,
  });
  expect(to('iamcredentials.googleapis.com')[0]?.headers['authorization']).toBe('Bearer google-token-1');
  expect(to('llm.test')[0]?.headers['authorization']).toBe('Bearer impersonated-2');
});

test('a subject token that depends on authContext gives each user their own token [T42]', async () => {
  answer = ({ headers, body }) => {
    if (headers['host'] !== 'sts.googleapis.com') return undefined;
    const subject = new URLSearchParams(body).get('subject_token');
    return json({ access_token: `token-of-${subject}`, expires_in: 3600, token_type: 'Bearer' });
  };
  const tokenFor = async (one: HttpLLM, authContext: unknown): Promise<string | undefined> => {
    await one.call('Hi', { authContext });
    return to('llm.test').at(-1)?.headers['authorization'];
  };
  await using one = llm({ credentials: federation, subjectToken: ({ authContext }) => `subject-${authContext}` });
  for (const user of ['alice', 'bob', 'alice', 1, '1']) {
    expect(await tokenFor(one, user)).toBe(`Bearer token-of-subject-${user}`);
  }
  expect(to('sts.googleapis.com')).toHaveLength(4);
  await expect(one.call('Hi', { authContext: { id: 'alice' } })).rejects.toThrow(/Set `tenant`/);

  const tenant = (user: unknown): { id: string } => ({ id: (user as { id: string }).id });
  const subjectToken: GoogleOptions['subjectToken'] = ({ authContext }) => `subject-${tenant(authContext).id}`;
  await using other = llm({ credentials: federation, subjectToken, tenant });
  for (const id of ['alice', 'bob', 'alice']) {
    expect(await tokenFor(other, { id })).toBe(`Bearer token-of-subject-${id}`);
  }
  expect(to('sts.googleapis.com')).toHaveLength(6);
});

test('changes to options after construction affect no request [T6]', async () => {
  const credentials = { ...serviceAccount };
  const scopes = ['https://www.googleapis.com/auth/one'];
  const impersonate = { serviceAccount: 'one@p.iam.gserviceaccount.com', delegates: ['one'], lifetime: 600_000 };
  await using one = llm({ credentials, scopes, impersonate });
  Object.assign(credentials, { client_email: 'two' });
  scopes.push('two');
  impersonate.delegates.push('two');
  Object.assign(impersonate, { serviceAccount: 'two', lifetime: 3_600_000 });
  await one.call('Hi');
  expect(decodeJwt(form('oauth2.googleapis.com')['assertion'] ?? '').iss).toBe(serviceAccount.client_email);
  const request = to('iamcredentials.googleapis.com')[0];
  expect(request?.path).toContain('/one%40p.iam');
  expect(request?.json).toEqual({
    delegates: ['one'],
    scope: ['https://www.googleapis.com/auth/one'],
    lifetime: '600s',
  });
});

test('the lifetime that a credential file demands for an impersonated account is in seconds', async () => {
  const url =
    'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com:generateAccessToken';
  const wanted = { service_account_impersonation: { token_lifetime_seconds: 1800 } };
  const credentials = { ...federation, ...wanted, service_account_impersonation_url: url };
  await using one = llm({ credentials, subjectToken: 'abcd' });
  await one.call('Hi');
  expect(to('iamcredentials.googleapis.com')[0]?.json).toMatchObject({ lifetime: '1800s' });
});

test('a Google token that does not depend on authContext is shared by all calls', async () => {
  await using one = llm({ credentials: federation, subjectToken: () => 'subject-of-the-job' });
  for (const authContext of ['alice', { id: 'bob' }, undefined]) await one.call('Hi', { authContext });
  expect(to('sts.googleapis.com')).toHaveLength(1);
});

test('any credentials can impersonate a service account', async () => {
  const impersonate = { serviceAccount: 'target@project.iam.gserviceaccount.com', lifetime: 600_000 };
  await using one = llm({ credentials: serviceAccount, impersonate, scopes: ['https://www.googleapis.com/auth/x'] });
  expect(await one.call('Hi')).toBe('Hello.');
  const request = to('iamcredentials.googleapis.com')[0];
  expect(request?.path).toBe(
    '/v1/projects/-/serviceAccounts/target%40project.iam.gserviceaccount.com:generateAccessToken',
  );
  expect(request?.json).toMatchObject({ scope: ['https://www.googleapis.com/auth/x'], lifetime: '600s' });
});

test('a credential file can name the service account to impersonate', async () => {
  const credentials = {
    type: 'impersonated_service_account',
    source_credentials: serviceAccount,
    service_account_impersonation_url:
      'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/t@p.iam.gserviceaccount.com:generateAccessToken',
  };
  await using one = llm({ credentials });
  expect(await one.call('Hi')).toBe('Hello.');
  expect(to('llm.test')[0]?.headers['authorization']).toBe('Bearer impersonated-2');
});

test('the metadata server provides the token if there is no credential file', async () => {
  await using metadata = await startEndpoint({
    path: '*',
    respond: ({ headers }) =>
      headers['metadata-flavor'] === 'Google'
        ? json(
            { access_token: 'machine-token', expires_in: 3599, token_type: 'Bearer' },
            { headers: { 'metadata-flavor': 'Google' } },
          )
        : status(403),
  });
  vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${metadata.port}`);
  await using one = llm({});
  expect(await one.call('Hi')).toBe('Hello.');
  expect(to('llm.test')[0]?.headers['authorization']).toBe('Bearer machine-token');
  expect(metadata.requests[0]?.path).toMatch(
    /^\/computeMetadata\/v1\/instance\/service-accounts\/default\/token\?scopes=/,
  );
});

test('a metadata server on another machine receives no request [T11]', async () => {
  vi.stubEnv('GCE_METADATA_HOST', 'evil.example');
  await using one = llm({});
  await expect(one.call('Hi')).rejects.toBeInstanceOf(ConfigurationError);
});

test.each([
  ['token_url', { token_url: 'https://evil.example/token' }],
  ['a look-alike', { token_url: 'https://sts.googleapis.com.evil.example/token' }],
  [
    'service_account_impersonation_url',
    { service_account_impersonation_url: 'https://evil.example/v1/x:generateAccessToken' },
  ],
  ['credential_source.url', { credential_source: { url: 'https://evil.example/steal' } }],
])('a credential file whose %s has another origin is refused [T10]', async (_what, change) => {
  const isSourced = 'credential_source' in change;
  await using one = llm({ credentials: { ...federation, ...change }, ...(isSourced ? {} : { subjectToken: 'abcd' }) });
  await expect(one.call('Hi')).rejects.toThrow(/trustedOrigins|IAM Credentials API/);
  expect(network.hosts().join()).not.toContain('evil');
});

test('credentials that run a program are refused [T10]', async () => {
  await using one = llm({
    credentials: { ...federation, credential_source: { executable: { command: '/bin/true' } } },
  });
  await expect(one.call('Hi')).rejects.toThrow(/run a program/);
});

test('a refusal by Google reports status and code, and no secret in the error or the log [T27, T29]', async () => {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation(chunk => {
      written.push(String(chunk));
      return true;
    });
  }
  await using good = llm({ credentials: serviceAccount });
  await good.call('Hi');
  answer = ({ headers }) =>
    headers['host'] === 'oauth2.googleapis.com'
      ? json({ error: 'invalid_grant', error_description: 'INNER', leaked: 'google-token-x' }, { status: 400 })
      : undefined;
  await using bad = llm({ credentials: serviceAccount });
  const error = await bad.call('Hi').catch((thrown: unknown) => thrown);
  vi.restoreAllMocks();
  expect(error).toBeInstanceOf(CredentialError);
  expect(error).toMatchObject({ terminal: true, message: expect.stringContaining('status 400: invalid_grant') });
  const { inspect } = await import('node:util');
  for (const shown of [inspect(error, { depth: 10, showHidden: true }), written.join('')]) {
    expect(shown).not.toContain('google-token');
    expect(shown).not.toContain('INNER');
    expect(shown).not.toContain('assertion');
  }
});

test('a request that returns 503 is not retried by the library [issue 49, T50]', async () => {
  answer = ({ headers }) => (headers['host'] === 'oauth2.googleapis.com' ? status(503) : undefined);
  await using one = llm({ credentials: serviceAccount });
  await expect(one.call('Hi')).rejects.toMatchObject({ terminal: false });
  expect(to('oauth2.googleapis.com')).toHaveLength(1);
});

test('an error names the command that installs google-auth-library if it is missing', async () => {
  const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
  await expect(loadGoogleLibrary(() => Promise.reject(missing))).rejects.toThrow('npm install google-auth-library@11');
});

test('malformed Google credentials and options are ConfigurationErrors', async () => {
  for (const credentials of [
    { type: 'constructor' },
    { type: 'service_account' },
    { type: 'impersonated_service_account' },
  ]) {
    await using one = llm({ credentials });
    await expect(one.call('Hi')).rejects.toBeInstanceOf(ConfigurationError);
  }
  expect(() => google({ scopes: 'x' as unknown as string[] })).toThrow(ConfigurationError);
});

if (process.platform !== 'win32')
  describe('credential files that are not ordinary files', () => {
    test.each([
      ['GOOGLE_APPLICATION_CREDENTIALS names it', 'key.json'],
      ['it replaces the file of gcloud', 'application_default_credentials.json'],
    ])('a special file fails the call and does not block it where %s [X7]', async (_what, name) => {
      const directory = await mkdtemp(join(tmpdir(), 'crew-google-'));
      try {
        execFileSync('mkfifo', [join(directory, name)]);
        if (name === 'key.json') vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(directory, name));
        else vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '');
        vi.stubEnv('CLOUDSDK_CONFIG', directory);
        await using llm = new HttpLLM({ endpoint: 'https://llm.example/', auth: google(), retry: { retries: 0 } });
        await expect(llm.call('Hi')).rejects.toThrow(/credentials .* is not a regular file: it is a FIFO/);
      } finally {
        await rm(directory, { recursive: true });
      }
    });

    test('a special file as subject token fails the call [X7]', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'crew-google-'));
      try {
        execFileSync('mkfifo', [join(directory, 'token')]);
        const credentials = {
          type: 'external_account',
          audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
          token_url: 'https://sts.googleapis.com/v1/token',
          credential_source: { file: join(directory, 'token') },
        };
        const auth = google({ credentials });
        await using llm = new HttpLLM({ endpoint: 'https://llm.example/', auth, retry: { retries: 0 } });
        await expect(llm.call('Hi')).rejects.toThrow(/is not a regular file: it is a FIFO/);
      } finally {
        await rm(directory, { recursive: true });
      }
    });
  });
