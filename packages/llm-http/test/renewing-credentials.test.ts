import { ConfigurationError } from '@crew/core';
import { manualClock } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { type CredentialKey, type ObtainedCredential, RenewingCredentials } from '../src/adapter.ts';

const forever = new AbortController().signal;

function tokens(size?: number) {
  const asked: CredentialKey[] = [];
  const credentials = new RenewingCredentials<string>({
    clock: manualClock(),
    size,
    obtain: async ({ key }): Promise<ObtainedCredential<string>> => {
      asked.push(key);
      return { value: `token of ${key.join('/')}`, expiresAt: undefined };
    },
  });
  return { asked, credentials };
}

describe('RenewingCredentials', () => {
  it('separates keys that look alike when joined [T42]', async () => {
    const { asked, credentials } = tokens();
    const keys: CredentialKey[] = [
      ['a', 'b'],
      ['a,b'],
      ['a', 'b', undefined],
      ['a', 'b', ''],
      ['["a","b"]'],
      ['b', 'a'],
    ];
    const values = await Promise.all(keys.map(key => credentials.of(key).get(forever)));
    expect(asked).toHaveLength(keys.length);
    expect(new Set(values).size).toBeGreaterThan(1);
    for (const key of keys) await credentials.of([...key]).get(forever);
    expect(asked).toHaveLength(keys.length);
  });

  it('drops the least recently used key above its size', async () => {
    const { asked, credentials } = tokens(2);
    await credentials.of(['a']).get(forever);
    await credentials.of(['b']).get(forever);
    await credentials.of(['a']).get(forever);
    await credentials.of(['c']).get(forever);
    await credentials.of(['a']).get(forever);
    expect(asked).toEqual([['a'], ['b'], ['c']]);
    await credentials.of(['b']).get(forever);
    expect(asked).toHaveLength(4);
  });

  it('keeps a key whose credential is being obtained', async () => {
    const slow = Promise.withResolvers<ObtainedCredential<string>>();
    const asked: CredentialKey[] = [];
    const credentials = new RenewingCredentials<string>({
      clock: manualClock(),
      size: 1,
      obtain: async ({ key }) => {
        asked.push(key);
        return key[0] === 'slow' ? slow.promise : { value: 'quick', expiresAt: undefined };
      },
    });
    const waiting = credentials.of(['slow']).get(forever);
    await credentials.of(['quick']).get(forever);
    const alsoWaiting = credentials.of(['slow']).get(forever);
    slow.resolve({ value: 'slow', expiresAt: undefined });
    expect(await Promise.all([waiting, alsoWaiting])).toEqual(['slow', 'slow']);
    expect(asked.filter(([name]) => name === 'slow')).toHaveLength(1);
  });

  it('returns to its size after many keys were obtained at once', async () => {
    let asked = 0;
    const credentials = new RenewingCredentials<string>({
      clock: manualClock(),
      size: 2,
      obtain: async () => {
        asked += 1;
        return { value: 'token', expiresAt: undefined };
      },
    });
    const all = async (): Promise<void> => {
      await Promise.all(Array.from({ length: 50 }, (_, index) => credentials.of([`${index}`]).get(forever)));
    };
    await all();
    await all();
    expect(asked).toBeGreaterThanOrEqual(98);
  });

  it('closes every credential', async () => {
    const { asked, credentials } = tokens();
    await credentials.of(['a']).get(forever);
    credentials.close();
    await credentials.of(['a']).get(forever);
    expect(asked).toHaveLength(2);
  });

  it.each([[0], [1.5], [-1]])('rejects a size of %s', size => {
    expect(() => tokens(size)).toThrow(ConfigurationError);
  });
});
