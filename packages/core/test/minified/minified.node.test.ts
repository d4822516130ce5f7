import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sighting } from './program.ts';

/** The part of rolldown's API used here. It is vitest's own bundler, so it is installed already. */
interface Rolldown {
  rolldown(options: object): Promise<{ write(options: object): Promise<unknown>; close(): Promise<void> }>;
}

async function bundler(): Promise<Rolldown> {
  let from = import.meta.url;
  for (const name of ['vitest/package.json', 'vite/package.json']) from = createRequire(from).resolve(name);
  return import(pathToFileURL(createRequire(from).resolve('rolldown')).href);
}

let directory: string;
let seen: Sighting;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'crew-minified-'));
  const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
  const { rolldown } = await bundler();
  const bundle = await rolldown({
    input: path('./program.ts'),
    platform: 'node',
    resolve: { alias: { '@crew/core': path('../../src/index.ts') } },
  });
  const file = join(directory, 'program.mjs');
  await bundle.write({ file, minify: true });
  await bundle.close();
  const program = (await import(pathToFileURL(file).href)) as { refusedInSteps(): Promise<Sighting> };
  seen = await program.refusedInSteps();
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('minified program', () => {
  it('the minified program has shortened class names, or this suite would prove nothing', () => {
    expect(seen.className).not.toBe('AuthenticationError');
  });

  it('an error in a minified program keeps its class and fields through a step', () => {
    expect(seen.error).toMatchObject({ name: 'AuthenticationError', status: 401, requestId: 'r-1' });
    expect(seen.recognised).toBe(true);
  });

  it('a refused credential in a minified program is not retried', () => {
    expect(seen.requests).toBe(1);
  });

  it('errors in a minified program have their real names, and errors of other packages have shortened names', () => {
    expect(seen.name).toBe('RateLimitError');
    expect(seen.foreignName).toMatch(/\S/);
    expect(seen.foreignName).not.toBe('AuthenticationError');
  });
});
