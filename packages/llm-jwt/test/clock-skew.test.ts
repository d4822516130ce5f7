import { createSecretKey, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthenticationError } from '@crew/core';
import {
  type ManualClock,
  manualClock,
  type RecordedRequest,
  startEndpoint,
  text,
  withHeaders,
} from '@crew/llm-testkit';
import { decodeJwt, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JwtLLM, type MintedTokenOptions, type TokenFileOptions, type TokenOptions } from '../src/index.ts';
import { failure, tokenOf, tokenWith } from './verifying-endpoint.ts';

const secret = createSecretKey(randomBytes(32));
const HOUR = 3_600_000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-jwt-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('one response with a wrong date', () => {
  const seconds = (clock: ManualClock, from: number): number => clock.wall() / 1000 + from;

  it.each<[kind: string, wait: number, source: (clock: ManualClock) => Promise<Source>]>([
    ['that is constant', 0, async clock => ({ token: tokenWith({ exp: seconds(clock, 1800) }) })],
    ['in a file', 0, async clock => ({ tokenFile: await fileWith(tokenWith({ exp: seconds(clock, 1800) })) })],
    ['from a function', 1_800_000, async clock => ({ token: async () => tokenWith({ exp: seconds(clock, 1800) }) })],
    ['that is minted', 1_800_000, async () => ({ mint: { key: secret, lifetime: 1_800_000 } })],
  ])('does not prevent a token %s from being sent', async (_kind, wait, source) => {
    const clock = manualClock();
    const date = new Date(clock.wall() + HOUR).toUTCString();
    await using endpoint = await startEndpoint({ respond: () => withHeaders(text('Hello'), { date }) });
    await using llm = new JwtLLM({ endpoint: endpoint.url, ...(await source(clock)), clock });
    expect(await llm.call('Hello?')).toBe('Hello');
    await clock.advance(wait);
    for (const _ of [1, 2, 3]) expect(await llm.call('Hello?')).toBe('Hello');
  });
});

describe('a server whose clock differs', () => {
  it.each([HOUR, -HOUR, 60_000])(
    'receives a token for its own time after one refusal, with a skew of %d ms',
    async ahead => {
      const clock = manualClock();
      await using endpoint = await serverAhead(clock, ahead);
      await using llm = new JwtLLM({ endpoint: endpoint.url, mint: { key: secret, lifetime: 30_000 }, clock });
      expect(await llm.call('Hello?')).toBe('Hello');
      expect(await llm.call('Hello?')).toBe('Hello');
      expect(endpoint.requests).toHaveLength(3);
      const { iat = 0 } = decodeJwt(tokenOf(last(endpoint.requests)));
      expect(Math.abs(iat * 1000 - (clock.wall() + ahead - 10_000))).toBeLessThan(2000);
    },
  );

  it('is followed when its clock is corrected', async () => {
    const clock = manualClock();
    const server = { ahead: HOUR };
    await using endpoint = await serverAhead(clock, server);
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint: { key: secret, lifetime: 30_000 }, clock });
    await llm.call('Hello?');
    server.ahead = 0;
    expect(await llm.call('Hello?')).toBe('Hello');
  });

  it('receives a token only as long as it is valid by its own clock', async () => {
    const clock = manualClock();
    await using endpoint = await serverAhead(clock, -HOUR);
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint: { key: secret, lifetime: 30_000 }, clock });
    await llm.call('Hello?');
    const before = endpoint.requests.length;
    for (let second = 0; second < 120; second += 5) {
      expect(await llm.call('Hello?')).toBe('Hello');
      await clock.advance(5000);
    }
    expect(endpoint.requests).toHaveLength(before + 24);
  });

  it.each([
    ['is ahead by more than an hour [X19]', { date: new Date(manualClock().wall() + HOUR + 1_000).toUTCString() }],
    ['is ahead by a day [X19]', { date: new Date(manualClock().wall() + 23 * HOUR).toUTCString() }],
    ['is behind by more than a day', { date: new Date(manualClock().wall() - 25 * HOUR).toUTCString() }],
    ['comes from a cache', { date: new Date(manualClock().wall() + HOUR).toUTCString(), age: '3600' }],
    ['is not a date', { date: 'soon' }],
    ['differs only by network latency', { date: new Date(manualClock().wall() + 5000).toUTCString() }],
  ])('does not affect the time of tokens if its date %s', async (_how, headers) => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({ credential: () => ({ status: 401, headers }) });
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint: { key: secret }, clock });
    expect(await failure(llm.call('Hello?'))).toBeInstanceOf(AuthenticationError);
    expect(decodeJwt(tokenOf(last(endpoint.requests))).iat).toBe(clock.wall() / 1000 - 10);
  });
});

describe('an endpoint that sends a wrong date', () => {
  it('extends the lifetime of a token by an hour at most [X19]', async () => {
    const clock = manualClock();
    const lifetime = 60_000;
    const dates = [HOUR, 2 * HOUR, 12 * HOUR, 23 * HOUR, 24 * HOUR, 0.5 * HOUR, HOUR];
    await using endpoint = await startEndpoint({
      respond: () => withHeaders(text('Hello'), { date: new Date(clock.wall() + (dates.shift() ?? 0)).toUTCString() }),
    });
    const mint = { key: secret, lifetime };
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint, perAttempt: true, clock });
    for (let call = 0; call < 8; call += 1) {
      await llm.call('Hello?');
      const { exp = 0 } = decodeJwt(tokenOf(last(endpoint.requests)));
      expect(exp * 1000 - clock.wall()).toBeLessThanOrEqual(lifetime + HOUR);
      await clock.advance(1_000);
    }
  });
});

type Source = Pick<TokenOptions, 'token'> | Pick<TokenFileOptions, 'tokenFile'> | Pick<MintedTokenOptions, 'mint'>;

async function fileWith(token: string): Promise<string> {
  const path = join(folder, 'token');
  await writeFile(path, token);
  return path;
}

function serverAhead(clock: ManualClock, ahead: number | { readonly ahead: number }) {
  const now = (): Date => new Date(clock.wall() + (typeof ahead === 'number' ? ahead : ahead.ahead));
  return startEndpoint({
    credential: async request => {
      const headers = { date: now().toUTCString() };
      try {
        const { payload } = await jwtVerify(tokenOf(request), secret, { currentDate: now() });
        return (payload.iat ?? 0) * 1000 <= now().getTime() || { status: 401, headers };
      } catch {
        return { status: 401, headers };
      }
    },
    respond: () => withHeaders(text('Hello'), { date: now().toUTCString() }),
  });
}

function last(requests: readonly RecordedRequest[]): RecordedRequest {
  const request = requests.at(-1);
  if (request === undefined) throw new Error('nothing was sent');
  return request;
}
