import { describe, expect, it } from 'vitest';
import { countSteps } from '../../../../test-support/count-steps.ts';
import { session } from '../../src/index.ts';
import { tryLogin } from '../page-login.ts';

// From the 51st cookie on, each one is compared with the 50 stored ones. Both sizes are far above that.
describe('the work for cookies', () => {
  it.each<[string, (count: number) => readonly string[]]>([
    ['different names', n => lines(n, i => `c${i}=value; Path=/`)],
    ['the same name', n => lines(n, i => `c=value-${i}; Path=/`)],
    ['different paths', n => lines(n, i => `c=value; Path=/v1/${i}`)],
    ['expired cookies', n => lines(n, i => `c${i}=value; Path=/; Max-Age=0`)],
    ['invalid dates', n => lines(n, i => `c${i}=value; Path=/; Expires=${'1:'.repeat(100)}`)],
    ['many attributes', n => lines(n, () => `c=value${'; Path=/'.repeat(100)}`)],
    ['white space', n => lines(n, () => `c${' '.repeat(1_000)}=${' '.repeat(1_000)}v`)],
    ['too many bytes', n => lines(n, () => `c=${'x'.repeat(5_000)}`)],
    ['domains', n => lines(n, () => `c=value; Domain=${'a.'.repeat(100)}corp.example`)],
  ])('the work is linear in the number of Set-Cookie lines with %s [X31]', async (_what, cookies) => {
    const logIn = (count: number): Promise<unknown> => {
      const headers = cookies(count).map(line => ['set-cookie', line] as [string, string]);
      const auth = session({ login: async ({ fetch }) => void (await fetch('/login')) });
      return tryLogin(auth, () => new Response('', { headers }));
    };
    await logIn(200);
    const small = await countSteps(() => logIn(200));
    const large = await countSteps(() => logIn(1_600));
    expect(large / small).toBeLessThanOrEqual(10);
  });
});

function lines(count: number, line: (index: number) => string): readonly string[] {
  return Array.from({ length: count }, (_, index) => line(index));
}
