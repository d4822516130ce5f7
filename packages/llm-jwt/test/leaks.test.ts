import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createLeakHarness,
  errorMidStream,
  type RecordedRequest,
  startEndpoint,
  status,
  text,
} from '@crew/llm-testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpLLM, type JwtOptions, jwt } from '../src/index.ts';
import { tokenOf, tokenWith } from './verifying-endpoint.ts';

const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const hmac = 'sk-SENTINEL-shared-secret-0123456789abcdef';
const token = tokenWith({ exp: Date.now() / 1000 + 600, sub: 'SENTINEL' });

let folder: string;
let tokenFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-jwt-'));
  tokenFile = join(folder, 'token');
  await writeFile(tokenFile, token);
});
afterAll(() => rm(folder, { recursive: true }));

describe('tokens and keys in errors, events and inspected objects', () => {
  it.each<[string, () => JwtOptions]>([
    ['a constant token', () => ({ token })],
    ['a function', () => ({ token: async () => token })],
    ['a file, after an unusual scheme', () => ({ tokenFile, scheme: 'token_v1.0' })],
    ['minted by a key', () => ({ mint: { key: pem } })],
    ['minted by a secret', () => ({ mint: { key: hmac } })],
    [
      'minted, with claims that fail',
      () => ({ mint: { key: hmac, claims: () => Promise.reject(new Error('no claims')) } }),
    ],
    ['minted, with claims that are not an object', () => ({ mint: { key: hmac, claims: () => JSON.parse('null') } })],
  ])('are not shown: %s', async (_how, options) => {
    const harness = createLeakHarness();
    harness.plant('token', token);
    harness.plant('PEM', pem.split('\n')[1] ?? '');
    harness.plant('shared secret', hmac);
    const echo =
      (code: number) =>
      ({ headers }: RecordedRequest) => {
        const alone = headers['authorization']?.replace(/^\S+ /, '');
        return status(code, { body: { error: { message: `You sent ${JSON.stringify(headers)}: ${alone}` } } });
      };
    for (const respond of [
      echo(401),
      echo(403),
      echo(500),
      () => errorMidStream(text('Hello there'), 1, { message: 'broken' }),
    ]) {
      await using endpoint = await startEndpoint({ respond });
      const authenticator = jwt(options());
      await using llm = new HttpLLM({
        endpoint: endpoint.url,
        auth: authenticator,
        retry: { retries: 1, baseDelay: 0 },
      });
      // Searched at the end, when the minted tokens are known.
      const shown: unknown[] = [authenticator, llm];
      const show = (event: unknown): void => void shown.push(event);
      llm.on('credential', show);
      const { error } = await harness.watch(async () => {
        for await (const part of llm.stream('Hello?', { callbacks: [show] })) show(part);
      });
      expect(error).toBeInstanceOf(Error);
      for (const request of endpoint.requests) {
        harness.plant(`sent token ${request.index}`, tokenOf(request).replace(/^\S+ /, ''));
        harness.inspectPrompt(request.body);
      }
      harness.inspect('shown', [error, ...shown]);
      for (const event of shown) harness.onEvent(event);
    }
    harness.assertClean();
  });
});
