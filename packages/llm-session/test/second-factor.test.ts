import { ConfigurationError } from '@crew/core';
import { manualClock, text, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { formLogin, jsonLogin, SessionLLM, totp } from '../src/index.ts';
import { PASSWORD, startSessionServer, TOTP_SECRET, USER } from './session-server.ts';

const resources = trackResources();
afterAll(() => resources.check());

const answering = { respond: () => text('hello') };
const account = { username: USER, password: PASSWORD };

describe('a second factor', () => {
  it.each(['same-form', 'next-page', 'redirect'] as const)(
    'formLogin sends the code where the form asks for it: %s',
    async secondFactor => {
      await using server = await startSessionServer({ ...answering, secondFactor });
      const login = formLogin({ page: '/login' });
      await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, otp: totp(TOTP_SECRET) });
      expect(await llm.call('hi')).toBe('hello');
    },
  );

  it('jsonLogin sends the code together with the password', async () => {
    await using server = await startSessionServer({ ...answering, secondFactor: 'same-form' });
    const login = jsonLogin({ url: '/api/login' });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, otp: totp(TOTP_SECRET) });
    expect(await llm.call('hi')).toBe('hello');
  });

  it('jsonLogin posts the code separately if `otpUrl` is set', async () => {
    await using server = await startSessionServer({ ...answering, secondFactor: 'next-page' });
    const login = jsonLogin({ url: '/login', otpUrl: '/second' });
    await using llm = new SessionLLM({ endpoint: server.endpoint, ...account, login, otp: totp(TOTP_SECRET) });
    expect(await llm.call('hi')).toBe('hello');
  });

  it('a wrong or missing code is a terminal CredentialError', async () => {
    await using server = await startSessionServer({ ...answering, secondFactor: 'next-page' });
    const login = formLogin({ page: '/login' });
    await using wrong = new SessionLLM({ endpoint: server.endpoint, ...account, login, otp: async () => '000000' });
    await expect(wrong.call('hi')).rejects.toMatchObject({
      terminal: true,
      message: expect.stringMatching(/code of the/),
    });
    await using missing = new SessionLLM({ endpoint: server.endpoint, ...account, login });
    await expect(missing.call('hi')).rejects.toMatchObject({ terminal: true, message: expect.stringMatching(/otp/) });
  });
});

describe('totp', () => {
  // RFC 6238, appendix B: the ASCII secret 12345678901234567890.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  const { signal } = new AbortController();

  it.each([
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ])('totp() returns the code of RFC 6238 at %d s', async (seconds, code) => {
    const give = totp(secret, { digits: 8, clock: manualClock({ wall: seconds * 1000 }) });
    expect(await give({ signal })).toBe(code);
  });

  it('totp() returns no code twice, but waits for the next period', async () => {
    const clock = manualClock({ wall: 59_000 });
    const give = totp(secret, { digits: 8, clock });
    const first = await give({ signal });
    const next = give({ signal });
    await clock.whenSleeping();
    await clock.advance(1_000);
    expect(await next).not.toBe(first);
  });

  it('totp() reads otpauth URIs, and refuses an invalid secret without quoting it', async () => {
    const give = totp(`otpauth://totp/Gateway:ada?secret=${secret}&digits=8`, { clock: manualClock({ wall: 59_000 }) });
    expect(await give({ signal })).toBe('94287082');
    for (const wrong of ['not-base-32-0189', '', 'otpauth://hotp/x?secret=GEZDGNBV&counter=1']) {
      expect(() => totp(wrong)).toThrow(ConfigurationError);
      expect(() => totp(wrong)).toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/0189|GEZDGNBV/) }),
      );
    }
  });
});
