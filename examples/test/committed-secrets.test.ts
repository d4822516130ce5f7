import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', '.git', '.turbo', '.pnpm-store', 'coverage']);

/** Patterns of credentials in a file. */
const SECRETS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\n|\s)+[A-Za-z0-9+/=]{40}/],
  ['a certificate', /-----BEGIN CERTIFICATE-----(?:\\n|\s)+[A-Za-z0-9+/=]{40}/],
  ['a signed JWT', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/],
  ['an API key', /\bsk-(?!SENTINEL)[A-Za-z0-9]{32,}|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bAIza[\w-]{35}/],
];

function* files(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (SKIPPED_FOLDERS.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (entry.isFile()) yield path;
  }
}

it('no file of the repository contains a private key, a certificate, a JWT or an API key [T60]', () => {
  const found: string[] = [];
  for (const path of files(root)) {
    const content = readFileSync(path, 'latin1');
    for (const [kind, pattern] of SECRETS) if (pattern.test(content)) found.push(`${path}: ${kind}`);
  }
  expect(found).toEqual([]);
});

/** Returns the first line of a PEM block. It is composed here so that this file does not match the patterns. */
function pemHeader(label: string): string {
  return `-----BEGIN ${label}-----`;
}

it.each([
  `${pemHeader('EC PRIVATE KEY')}\n${'MHcC'.repeat(16)}`,
  `${pemHeader('CERTIFICATE')}\\n${'MIIB'.repeat(16)}`,
  `token = 'eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(43)}'`,
  `sk-${'A1'.repeat(20)}`,
])('the patterns recognise credential %#', text => {
  expect(SECRETS.some(([, pattern]) => pattern.test(text))).toBe(true);
});
