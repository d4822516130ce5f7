import { expect, it, vi } from 'vitest';
import { findSystemProgram } from '../src/index.ts';

it('a program on the PATH is given by its path', () => {
  expect(findSystemProgram('sh')).toMatch(/^\/.*\/sh$/u);
});

it('a missing program is undefined, and one line says which and how to get it', () => {
  vi.stubEnv('CREW_REQUIRE_SYSTEM', '');
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(findSystemProgram('no-such-program')).toBeUndefined();
  expect(findSystemProgram('no-such-program')).toBeUndefined();
  expect(written.mock.calls).toEqual([
    [
      'no-such-program is not installed (Debian: apt-get install no-such-program): the tests that need it are left out.\n',
    ],
  ]);
});

it('under CREW_REQUIRE_SYSTEM=1 a missing program is an error', () => {
  vi.stubEnv('CREW_REQUIRE_SYSTEM', '1');
  expect(() => findSystemProgram('no-such-program')).toThrow(/apt-get install no-such-program.*CREW_REQUIRE_SYSTEM/u);
});
