import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EndpointOptions, simulatedModel, startEndpoint, startProxy, text } from '@crew/test-endpoint';
import { behindCertificate } from './behind-certificate.ts';
import { behindLogin } from './behind-login.ts';

/** A shared secret of this run, long enough for HS256. */
const SIGNING_KEY = randomBytes(32).toString('base64url');

/** What a program of the documentation runs in. */
export interface Setting extends AsyncDisposable {
  /** Names in the program that stand for the reader's own servers and files, and what they are in the test. */
  readonly replace: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** What the program prints. */
  readonly prints: RegExp;
}

/** Settings of programs that need more than an endpoint. */
const special: Readonly<Record<string, () => Promise<Setting>>> = {
  'docs/mtls-cert-manager.md#1': behindCertificate,
  'docs/mtls-nginx-envoy.md#1': behindCertificate,
  'docs/mtls-oauth-banks.md#1': behindCertificate,
  'docs/mtls-spiffe.md#1': behindCertificate,
  'docs/proxies-and-private-cas.md#1': behindProxy,
  'packages/llm-mtls/README.md#1': behindCertificate,
  'packages/llm-session/README.md#1': behindLogin,
  'docs/structured-output.md#1': () => plainEndpoint(() => text('{"name":"Cordouan","height":67.5}')),
};

/** The setting of a program: an endpoint whose model is a stand-in, unless it needs something else. */
export function settingFor(name: string): Promise<Setting> {
  const make = Object.hasOwn(special, name) ? special[name] : undefined;
  return make ? make() : plainEndpoint();
}

async function plainEndpoint(respond: EndpointOptions['respond'] = simulatedModel()): Promise<Setting> {
  const endpoint = await startEndpoint({ respond });
  return {
    replace: { 'https://gateway.example': endpoint.origin },
    environment: { LLM_API_KEY: 'a-key', LLM_SIGNING_KEY: SIGNING_KEY },
    prints: /\S/,
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}

async function behindProxy(): Promise<Setting> {
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
