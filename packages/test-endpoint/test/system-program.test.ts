import { expect, it, vi } from 'vitest';
import { findSystemProgram } from '../src/index.ts';

it('returns the path of a program on the PATH', () => {
  expect(findSystemProgram('sh')).toMatch(/^\/.*\/sh$/u);
});

it('returns undefined for a missing program and prints once how to install it', () => {
  vi.stubEnv('CREW_REQUIRE_SYSTEM', '');
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(findSystemProgram('no-such-program')).toBeUndefined();
  expect(findSystemProgram('no-such-program')).toBeUndefined();
  expect(written.mock.calls).toEqual([
    [
      'no-such-program is not installed (Debian: apt-get install no-such-program). The tests that require it are skipped.\n',
    ],
  ]);
});

it('throws for a missing program when CREW_REQUIRE_SYSTEM is 1', () => {
  vi.stubEnv('CREW_REQUIRE_SYSTEM', '1');
  expect(() => findSystemProgram('no-such-program')).toThrow(/apt-get install no-such-program.*CREW_REQUIRE_SYSTEM/u);
});
