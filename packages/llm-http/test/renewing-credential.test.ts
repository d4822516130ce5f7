import { inspect } from 'node:util';
import { AbortError, ConfigurationError, CredentialError, type CrewEvent } from '@crew/core';
import { type ManualClock, manualClock } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { type ObtainedCredential, RenewingCredential } from '../src/adapter.ts';

const forever = new AbortController().signal;

/** A source that returns `token-1`, `token-2`, ... each valid for `life` milliseconds, at a pace that the test controls. */
function source(clock: ManualClock, life: number | undefined = 3_600_000) {
  const asked: { readonly signal: AbortSignal; readonly refused: string | undefined }[] = [];
  const answers: ((context: { readonly signal: AbortSignal }) => Promise<ObtainedCredential<string>>)[] = [];
  const obtain = async (context: { readonly signal: AbortSignal; readonly refused: string | undefined }) => {
    asked.push(context);
    const answer = answers.shift();
    if (answer !== undefined) return answer(context);
    return { value: `token-${asked.length}`, expiresAt: life === undefined ? undefined : clock.wall() + life };
  };
  return { asked, answers, obtain };
}

function fails(error: Error): () => Promise<never> {
  return () => Promise.reject(error);
}

/** Lets what is already settled take effect. */
async function settled(): Promise<void> {
  await new Promise(resolve => setImmediate(resolve));
}

describe('RenewingCredential', () => {
  it('obtains a credential once, however many callers wait', async () => {
    const clock = manualClock();
    const { asked, obtain } = source(clock);
    const credential = new RenewingCredential({ obtain, clock });
    const values = await Promise.all(Array.from({ length: 64 }, () => credential.get(forever)));
    expect(new Set(values)).toEqual(new Set(['token-1']));
    expect(asked).toHaveLength(1);
  });

  it('returns a fresh value synchronously', async () => {
    const clock = manualClock();
    const credential = new RenewingCredential({ obtain: source(clock).obtain, clock });
    expect(credential.fresh()).toBeUndefined();
    await credential.get(forever);
    expect(credential.fresh()).toBe('token-1');
  });

  it('ends only the wait of a caller that aborts [T43]', async () => {
    const clock = manualClock();
    const { asked, answers, obtain } = source(clock);
    const answer = Promise.withResolvers<ObtainedCredential<string>>();
    answers.push(() => answer.promise);
    const credential = new RenewingCredential({ obtain, clock });
    const first = new AbortController();
    const leaving = credential.get(first.signal);
    const staying = Array.from({ length: 9 }, () => credential.get(forever));
    first.abort();
    await expect(leaving).rejects.toBeInstanceOf(AbortError);
    expect(asked[0]?.signal.aborted).toBe(false);
    answer.resolve({ value: 'token', expiresAt: undefined });
    expect(new Set(await Promise.all(staying))).toEqual(new Set(['token']));
  });

  it('aborts the renewal when the last caller has left', async () => {
    const clock = manualClock();
    const { asked, answers, obtain } = source(clock);
    answers.push(() => new Promise(() => undefined));
    const credential = new RenewingCredential({ obtain, clock });
    const caller = new AbortController();
    const leaving = credential.get(caller.signal);
    caller.abort();
    await expect(leaving).rejects.toBeInstanceOf(AbortError);
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(clock.sleepers).toBe(0);
    expect(await credential.get(forever)).toBe('token-2');
  });

  it('ends a hanging renewal at its own deadline with a CredentialError', async () => {
    const clock = manualClock();
    const { asked, answers, obtain } = source(clock);
    answers.push(() => new Promise(() => undefined));
    const credential = new RenewingCredential({ obtain, clock, deadline: 5_000 });
    const waiting = [credential.get(forever), credential.get(forever)];
    const outcomes = Promise.allSettled(waiting);
    await clock.advance(5_000);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'CREDENTIAL' } });
    }
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  it('gives each caller its own error object', async () => {
    const clock = manualClock();
    const { answers, obtain } = source(clock);
    answers.push(fails(new CredentialError('The vault is sealed.', { retryAfter: 7 })));
    const credential = new RenewingCredential({ obtain, clock });
    const outcomes = await Promise.allSettled([credential.get(forever), credential.get(forever)]);
    const errors = outcomes.map(outcome => (outcome.status === 'rejected' ? outcome.reason : undefined));
    expect(errors[0]).toMatchObject({ message: 'The vault is sealed.', retryAfter: 7 });
    expect(errors[1]).toMatchObject({ message: 'The vault is sealed.', retryAfter: 7 });
    expect(errors[0]).not.toBe(errors[1]);
  });

  it('wraps the exception of a source and drops its properties [T27]', async () => {
    const clock = manualClock();
    const { answers, obtain } = source(clock);
    answers.push(fails(Object.assign(new Error('bad gateway'), { config: { headers: { authorization: 'secret' } } })));
    const credential = new RenewingCredential({ obtain, clock, name: 'vault' });
    const error = await credential.get(forever).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CredentialError);
    expect(error).toMatchObject({ message: 'vault: the credential could not be obtained: bad gateway' });
    expect((error as Error).cause).not.toHaveProperty('config');
  });

  it('sanitises the cause of an error of the source [T27]', async () => {
    const request = Object.assign(new Error('401'), { config: { data: 'the password' } });
    const cause = new CredentialError('The vault refused.', { cause: request });
    const { obtain, answers } = source(manualClock());
    answers.push(fails(new CredentialError('There is no key.', { cause, terminal: true })));
    const error = await new RenewingCredential({ obtain }).get(forever).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      terminal: true,
      cause: { message: 'The vault refused.', cause: { message: '401' } },
    });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('the password');
  });

  it('copies a frozen error of its source without the secrets that it quotes [T27]', async () => {
    const request = Object.assign(new Error('401'), { config: { data: 'the password' } });
    const clock = manualClock();
    const { obtain, answers } = source(clock);
    const told = new CredentialError('token-1 was revoked.', { cause: request, terminal: true });
    answers.push(async () => ({ value: 'token-1', expiresAt: undefined }), fails(Object.freeze(told)));
    const credential = new RenewingCredential({ obtain, clock });
    await credential.get(forever);
    credential.refused('token-1');
    const error = await credential.get(forever).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'CredentialError', terminal: true, message: '[redacted] was revoked.' });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/the password|token-1/);
  });

  it('accepts an error with circular causes', async () => {
    const [one, other] = [new CredentialError('One.'), new CredentialError('Other.')];
    Object.defineProperty(one, 'cause', { value: other });
    Object.defineProperty(other, 'cause', { value: one });
    const { obtain, answers } = source(manualClock());
    answers.push(fails(one));
    await expect(new RenewingCredential({ obtain }).get(forever)).rejects.toThrow('One.');
  });

  it('obtains a credential although a listener throws', async () => {
    const clock = manualClock();
    const broken = (): never => {
      throw new Error('a listener broke');
    };
    const credential = new RenewingCredential({ obtain: source(clock).obtain, clock, emit: broken });
    expect(await credential.get(forever)).toBe('token-1');
    credential.refused('token-1');
    expect(await credential.get(forever, broken)).toBe('token-2');
  });

  it('renews once for many refusals of a value that the source repeats, and again after a second', async () => {
    const clock = manualClock();
    let asked = 0;
    const obtain = async (): Promise<ObtainedCredential<string>> => {
      asked += 1;
      return { value: 'revoked', expiresAt: undefined };
    };
    const credential = new RenewingCredential({ obtain, clock });
    await credential.get(forever);
    for (let refusal = 0; refusal < 64; refusal += 1) {
      credential.refused('revoked');
      await credential.get(forever);
    }
    expect(asked).toBe(2);
    await clock.advance(1_000);
    credential.refused('revoked');
    await credential.get(forever);
    expect(asked).toBe(3);
  });

  it('obtains a new credential after close(), whatever failed before', async () => {
    const clock = manualClock();
    const { obtain, answers } = source(clock);
    answers.push(fails(new CredentialError('The vault is sealed.', { terminal: true })));
    const credential = new RenewingCredential({ obtain, clock });
    await expect(credential.get(forever)).rejects.toThrow('sealed');
    await expect(credential.get(forever)).rejects.toThrow('The last attempt failed');
    credential.close();
    expect(await credential.get(forever)).toBe('token-2');
  });

  it('keeps the class of a ConfigurationError', async () => {
    const clock = manualClock();
    const { answers, obtain } = source(clock);
    answers.push(fails(new ConfigurationError('The key is no PEM.')));
    const credential = new RenewingCredential({ obtain, clock });
    await expect(credential.get(forever)).rejects.toBeInstanceOf(ConfigurationError);
  });

  it.each([
    ['an expiry that is no number', { value: 'token', expiresAt: Number.NaN }],
    ['an expiry in the past', { value: 'token', expiresAt: 1 }],
    ['no value', { value: undefined, expiresAt: undefined }],
  ])('rejects %s', async (_what, obtained) => {
    const credential = new RenewingCredential<unknown>({ obtain: async () => obtained, clock: manualClock() });
    await expect(credential.get(forever)).rejects.toBeInstanceOf(CredentialError);
    expect(credential.fresh()).toBeUndefined();
  });

  it.each([[0], [-1], [Number.NaN]])('rejects a deadline of %s at construction', deadline => {
    expect(() => new RenewingCredential({ obtain: source(manualClock()).obtain, deadline })).toThrow(
      ConfigurationError,
    );
  });

  it('rejects waiting callers when it is closed, and forgets the value', async () => {
    const clock = manualClock();
    const { asked, answers, obtain } = source(clock);
    const credential = new RenewingCredential({ obtain, clock, name: 'vault' });
    await credential.get(forever);
    credential.close();
    expect(credential.fresh()).toBeUndefined();
    answers.push(() => new Promise(() => undefined));
    const waiting = credential.get(forever);
    credential.close();
    await expect(waiting).rejects.toThrow('vault was closed.');
    expect(asked[1]?.signal.aborted).toBe(true);
    expect(clock.sleepers).toBe(0);
  });

  it('reports a renewal to the callers that waited, and to the LLM only if there were none', async () => {
    const clock = manualClock();
    const { answers, obtain } = source(clock, 1_000_000);
    const toLLM: CrewEvent[] = [];
    const toCaller: CrewEvent[] = [];
    const credential = new RenewingCredential({ obtain, clock, name: 'vault', emit: event => toLLM.push(event) });
    await credential.get(forever, event => toCaller.push(event));
    expect(toLLM).toEqual([]);
    expect(toCaller).toMatchObject([{ type: 'credential', action: 'obtained', authenticator: 'vault' }]);
    await clock.advance(950_000);
    answers.push(fails(new Error('down')));
    credential.fresh();
    await settled();
    await clock.advance(3_000);
    credential.fresh();
    await settled();
    expect(toLLM).toMatchObject([{ action: 'failed' }, { action: 'renewed' }]);
    expect(toCaller).toHaveLength(1);
  });
});
