import { readFileSync } from 'node:fs';
import { HttpLLM } from '@crew/llm-http';
import { checkAdapter, checks, fakeLLM } from '@crew/llm-testkit';
import { expect, it } from 'vitest';
import { runCheck } from '../src/check-adapter.ts';

it('gives every check a unique name and one sentence on why it matters', () => {
  expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
  for (const { why } of checks) expect(why).toMatch(/^[A-Z][^.]*\.$/);
});

it('links every check to an existing heading of its guide', () => {
  for (const { guide } of checks) {
    const [page, anchor] = guide.split('#');
    const text = readFileSync(new URL(`../../../${page}`, import.meta.url), 'utf8');
    const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slug(heading));
    expect(headings).toContain(anchor);
  }
});

it('fails every check with the error that `create` throws', async () => {
  const broken = () => {
    throw new Error('no licence');
  };
  const results = await checkAdapter({ name: 'none', create: broken });
  expect(results.map(({ outcome }) => outcome)).toEqual(checks.map(() => 'failed'));
  expect(new Set(results.map(({ error }) => error?.message))).toEqual(new Set(['no licence']));
});

it('reports a description without a credential check', async () => {
  const [check] = checks;
  if (check === undefined) throw new Error('There are no checks.');
  const undescribed = runCheck(check, { name: 'none', create: () => ({ llm: fakeLLM([]) }) });
  await expect(undescribed).rejects.toThrow('`create` returned no `credential` check');
});

it('fails a credential check that accepts every request', async () => {
  const check = checks.find(({ name }) => name === 'sends the credential with every request');
  if (check === undefined) throw new Error('The check was renamed. Use its new name here.');
  const careless = runCheck(check, {
    name: 'careless',
    create: ({ endpoint }) => ({ llm: new HttpLLM({ endpoint }), credential: () => true }),
    capabilities: { credential: 'fixed' },
  });
  await expect(careless).rejects.toThrow('must refuse a request without a credential');
});

/** Returns the anchor that GitHub generates for a heading. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');
}
