import { createSecretKey, randomBytes } from 'node:crypto';
import { AbortError, AuthenticationError, CredentialError, type CrewEvent } from '@crew/core';
import { manualClock, startEndpoint, text, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { JwtLLM, type TokenContext } from '../src/index.ts';
import { failure, tokenOf, tokenWith, until, verifying } from './verifying-endpoint.ts';

const resources = trackResources();
afterAll(() => resources.check());

const secret = createSecretKey(randomBytes(32));
const all64 = <T>(action: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 64 }, action));

describe('a renewed token', () => {
  it('is obtained once for 64 concurrent calls that find it expired', async () => {
    const clock = manualClock();
    const source = counted(clock, 60_000);
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new JwtLLM({ endpoint: endpoint.url, token: source.token, clock });
    await all64(() => llm.call('Hello?'));
    await clock.advance(60_000);
    await all64(() => llm.call('Hello?'));
    expect(source.calls).toHaveLength(2);
  });

  it('is renewed once when 64 concurrent calls are refused, and all of them succeed', async () => {
    const clock = manualClock();
    const source = counted(clock, 600_000);
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new JwtLLM({ endpoint: endpoint.url, token: source.token, clock });
    await llm.call('Hello?');
    endpoint.setCredential(request => tokenOf(request) !== source.made[0] || { status: 401 });
    expect(await all64(() => llm.call('Hello?'))).toEqual(Array.from({ length: 64 }, () => 'Hello'));
    expect(source.calls.map(({ refused }) => refused)).toEqual([undefined, source.made[0]]);
  });

  it('causes an AuthenticationError after two requests if it is refused as well', async () => {
    await using endpoint = await startEndpoint({ credential: () => ({ status: 401 }) });
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint: { key: secret } });
    expect(await failure(llm.call('Hello?'))).toBeInstanceOf(AuthenticationError);
    expect(endpoint.requests).toHaveLength(2);
  });

  it('is not sent again if the function returns the refused token once more', async () => {
    const token = tokenWith({ exp: Date.now() / 1000 + 600 });
    await using endpoint = await startEndpoint({ credential: () => ({ status: 401 }) });
    await using llm = new JwtLLM({ endpoint: endpoint.url, token: () => token });
    expect(await failure(llm.call('Hello?'))).toBeInstanceOf(AuthenticationError);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('emits an event of the call that waited for it, or of the LLM if no call did', async () => {
    const clock = manualClock();
    const source = counted(clock, 600_000);
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new JwtLLM({ endpoint: endpoint.url, token: source.token, clock });
    const own: CrewEvent[] = [];
    const ofLlm: CrewEvent[] = [];
    llm.on('credential', event => ofLlm.push(event));
    await llm.call('Hello?', { callbacks: [event => void (event.type === 'credential' && own.push(event))] });
    expect(own).toMatchObject([{ action: 'obtained', authenticator: 'jwt', expiresAt: clock.wall() + 600_000 }]);
    await clock.advance(595_000 - 10_000);
    await llm.call('Hello?');
    await until(() => ofLlm.some(event => event.type === 'credential' && event.action === 'renewed'));
    expect(own).toHaveLength(1);
  });

  it('leaves the old token in use if its early renewal fails', async () => {
    const clock = manualClock();
    const source = counted(clock, 600_000);
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new JwtLLM({ endpoint: endpoint.url, token: source.token, clock });
    await llm.call('Hello?');
    source.fail = true;
    await clock.advance(580_000);
    expect(await llm.call('Hello?')).toBe('Hello');
    await until(() => source.calls.length === 2);
    expect(await llm.call('Hello?')).toBe('Hello');
    await clock.advance(20_000);
    expect(await failure(llm.call('Hello?'))).toBeInstanceOf(CredentialError);
  });

  it('causes a CredentialError after obtainTimeout if it never arrives', async () => {
    const clock = manualClock();
    let calls = 0;
    await using endpoint = await startEndpoint();
    const token = (): Promise<string> => {
      calls++;
      return new Promise(() => undefined);
    };
    await using llm = new JwtLLM({ endpoint: endpoint.url, token, obtainTimeout: 5000, clock });
    const call = failure(llm.call('Hello?'));
    await until(() => calls === 1);
    await clock.advance(5000);
    expect(await call).toMatchObject({ name: 'CredentialError', message: expect.stringContaining('5000 ms') });
    expect(endpoint.requests).toHaveLength(0);
  });

  it('causes a CredentialError after obtainTimeout if every attempt gets its own token', async () => {
    const clock = manualClock();
    let calls = 0;
    await using endpoint = await startEndpoint();
    const claims = (): Promise<never> => {
      calls++;
      return new Promise(() => undefined);
    };
    const mint = { key: secret, claims };
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint, perAttempt: true, obtainTimeout: 5000, clock });
    const call = failure(llm.call('Hello?'));
    await until(() => calls === 1);
    await clock.advance(5000);
    expect(await call).toBeInstanceOf(CredentialError);
  });

  it('is still delivered to the other callers if one of them aborts', async () => {
    const clock = manualClock();
    let give: ((token: string) => void) | undefined;
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const token = (): Promise<string> => new Promise(resolve => (give = resolve));
    await using llm = new JwtLLM({ endpoint: endpoint.url, token, clock });
    const controller = new AbortController();
    const leaving = failure(llm.call('Hello?', { signal: controller.signal }));
    const staying = llm.call('Hello?');
    await until(() => give !== undefined);
    controller.abort();
    expect(await leaving).toBeInstanceOf(AbortError);
    give?.(tokenWith({ exp: clock.wall() / 1000 + 60 }));
    expect(await staying).toBe('Hello');
  });

  it.each([60 * 60_000, -60 * 60_000])('stays valid if the wall clock jumps by %d ms', async jump => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint: { key: secret }, clock });
    await llm.call('Hello?');
    clock.jumpWall(jump);
    endpoint.setCredential(verifying(secret, { clockTolerance: 10 }, clock));
    expect(await llm.call('Hello?')).toBe('Hello');
  });
});

/** Creates a function that returns a new token each time and counts its calls. */
function counted(clock: { wall(): number }, life: number) {
  const source = {
    calls: [] as TokenContext[],
    made: [] as string[],
    fail: false,
    token: async (context: TokenContext): Promise<string> => {
      source.calls.push(context);
      if (source.fail) throw new Error('the issuer is away');
      const token = tokenWith({ exp: (clock.wall() + life) / 1000, jti: source.calls.length });
      source.made.push(token);
      return token;
    },
  };
  return source;
}
