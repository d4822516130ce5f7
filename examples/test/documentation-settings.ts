import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createAuthority,
  type EndpointOptions,
  json,
  type Reply,
  simulatedModel,
  startEndpoint,
  startProxy,
  text,
} from '@crew/test-endpoint';

/** A signing key for HS256, made for this run. */
const SIGNING_KEY = randomBytes(32).toString('base64url');

/** The servers, files and variables that a program of the documentation runs with. */
export interface Setting extends AsyncDisposable {
  /** Replacements for the placeholders of servers and files in the program. */
  readonly replace: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** A pattern that the program's output matches. */
  readonly prints: RegExp;
}

/** Settings of the programs that need more than a plain endpoint. */
const specialSettings: Readonly<Record<string, () => Promise<Setting>>> = {
  'docs/mtls-cert-manager.md#1': startMtlsGateway,
  'docs/mtls-nginx-envoy.md#1': startMtlsGateway,
  'docs/mtls-oauth-banks.md#1': startMtlsGateway,
  'docs/mtls-spiffe.md#1': startMtlsGateway,
  'docs/proxies-and-private-cas.md#1': startProxiedEndpoint,
  'packages/llm-mtls/README.md#1': startMtlsGateway,
  'packages/llm-session/README.md#1': startLoginGateway,
  'docs/structured-output.md#1': () => startPlainEndpoint(() => text('{"name":"Cordouan","height":67.5}')),
};

/** Creates the setting of a program: by default, an endpoint with a simulated model. */
export function settingFor(name: string): Promise<Setting> {
  const create = Object.hasOwn(specialSettings, name) ? specialSettings[name] : undefined;
  return create ? create() : startPlainEndpoint();
}

async function startPlainEndpoint(respond: EndpointOptions['respond'] = simulatedModel()): Promise<Setting> {
  const endpoint = await startEndpoint({ respond });
  return {
    replace: { 'https://gateway.example': endpoint.origin },
    environment: { LLM_API_KEY: 'a-key', LLM_SIGNING_KEY: SIGNING_KEY },
    prints: /\S/,
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}

/** Starts an endpoint with a private CA, and a proxy that requires a password. */
async function startProxiedEndpoint(): Promise<Setting> {
  const endpoint = await startEndpoint({ tls: true, respond: simulatedModel() });
  const proxy = await startProxy({ auth: { username: 'user', password: 'password' } });
  const files = mkdtempSync(join(tmpdir(), 'crew-documentation-'));
  writeFileSync(join(files, 'ca.pem'), endpoint.ca ?? '');
  return {
    replace: {
      'https://gateway.example': endpoint.origin,
      'proxy.example:3128': new URL(proxy.url).host,
      '/etc/ssl/company-ca.pem': join(files, 'ca.pem'),
    },
    environment: {},
    prints: /\S/,
    [Symbol.asyncDispose]: async () => {
      await endpoint.close();
      await proxy.close();
      rmSync(files, { recursive: true });
    },
  };
}

/** Starts a gateway that requires a client certificate, and writes one to files, for the pages about mTLS. */
async function startMtlsGateway(): Promise<Setting> {
  const authority = await createAuthority();
  const server = { commonName: 'gateway', ip: ['127.0.0.1'], uri: ['spiffe://example.org/llm'] };
  const model = simulatedModel();
  const endpoint = await startEndpoint({
    tls: { authority, certificate: await authority.issue(server) },
    clientCertificate: 'require',
    path: '*',
    respond: request => {
      // The token is bound to the certificate of the request that asked for it.
      const token = request.tls?.peer?.fingerprint256.replaceAll(':', '') ?? '';
      if (request.path === '/oauth/token') return json({ access_token: token, token_type: 'Bearer', expires_in: 300 });
      const isBound = request.headers['authorization'] === `Bearer ${token}`;
      return !request.path.startsWith('/bank/') || isBound ? model(request) : { status: 401 };
    },
  });
  const client = await authority.issue({ commonName: 'crew', uri: ['spiffe://example.org/crew'], usage: 'client' });
  const folder = mkdtempSync(join(tmpdir(), 'crew-documentation-'));
  for (const names of [
    ['tls.crt', 'tls.key', 'ca.crt'],
    ['svid.pem', 'svid_key.pem', 'svid_bundle.pem'],
  ]) {
    const contents = [client.chain, client.key, authority.certificate];
    names.forEach((name, index) => void writeFileSync(join(folder, name), contents[index] ?? '', { mode: 0o600 }));
  }
  return {
    replace: {
      'https://gateway.example': endpoint.origin,
      '/etc/crew': folder,
      '/var/run/secrets/llm-client': folder,
      '/run/spiffe': folder,
    },
    environment: {},
    prints: /\S/,
    [Symbol.asyncDispose]: async () => {
      await endpoint.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const LOGIN_FORM = `<form method="post" action="/login"><input name="username"><input name="password" type="password"></form>`;

/** Starts a gateway with a login form, for the README of @crew/llm-session. */
async function startLoginGateway(): Promise<Setting> {
  const password = randomBytes(16).toString('base64url');
  const sid = randomBytes(16).toString('base64url');
  const model = simulatedModel();
  const endpoint = await startEndpoint({
    path: '*',
    respond: request => {
      const { path, method, body, headers } = request;
      if (path === '/login' && method === 'GET') return htmlPage(LOGIN_FORM);
      if (path === '/login') {
        const form = new URLSearchParams(body);
        if (form.get('username') !== 'ada' || form.get('password') !== password) return { status: 401 };
        return { status: 303, headers: { location: '/', 'set-cookie': `sid=${sid}; Path=/; HttpOnly` } };
      }
      if (path === '/') return htmlPage('<p>Welcome.</p>');
      return headers['cookie'] === `sid=${sid}` ? model(request) : { status: 401 };
    },
  });
  return {
    replace: { 'https://gateway.example': endpoint.origin },
    environment: { LLM_USER: 'ada', LLM_PASSWORD: password },
    prints: /\S/,
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}

function htmlPage(body: string): Reply {
  return { headers: { 'content-type': 'text/html' }, body };
}
