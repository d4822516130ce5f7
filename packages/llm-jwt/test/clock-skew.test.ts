import { createSecretKey, randomBytes } from 'node:crypto';
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
import { describe, expect, it } from 'vitest';
import { JwtLLM } from '../src/index.ts';
import { failure, tokenOf } from './verifying-endpoint.ts';

const secret = createSecretKey(randomBytes(32));
const HOUR = 3_600_000;

describe("a server whose clock is another one's", () => {
  it.each([HOUR, -HOUR, 60_000])('(by %d ms) gets a token for its own time after one refusal', async ahead => {
    const clock = manualClock();
    await using endpoint = await serverAhead(clock, ahead);
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint: { key: secret, lifetime: 30_000 }, clock });
    expect(await llm.call('Hello?')).toBe('Hello');
    expect(await llm.call('Hello?')).toBe('Hello');
    expect(endpoint.requests).toHaveLength(3);
    const { iat = 0 } = decodeJwt(tokenOf(last(endpoint.requests)));
    expect(Math.abs(iat * 1000 - (clock.wall() + ahead - 10_000))).toBeLessThan(2000);
  });

  it('is followed when it is set right', async () => {
    const clock = manualClock();
    const server = { ahead: HOUR };
    await using endpoint = await serverAhead(clock, server);
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint: { key: secret, lifetime: 30_000 }, clock });
    await llm.call('Hello?');
    server.ahead = 0;
    expect(await llm.call('Hello?')).toBe('Hello');
  });

  it('keeps its token only as long as that is good there', async () => {
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
    ['differs by more than a day', { date: new Date(manualClock().wall() + 25 * HOUR).toUTCString() }],
    ['comes out of a cache', { date: new Date(manualClock().wall() + HOUR).toUTCString(), age: '3600' }],
    ['is no date', { date: 'soon' }],
    ['differs by the network alone', { date: new Date(manualClock().wall() + 5000).toUTCString() }],
  ])('is not believed when its date %s', async (_how, headers) => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({ credential: () => ({ status: 401, headers }) });
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint: { key: secret }, clock });
    expect(await failure(llm.call('Hello?'))).toBeInstanceOf(AuthenticationError);
    expect(decodeJwt(tokenOf(last(endpoint.requests))).iat).toBe(clock.wall() / 1000 - 10);
  });
});

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
