import { readFileSync } from 'node:fs';
import { HttpLLM } from '@crew/llm-http';
import { checkAdapter, checks, fakeLLM } from '@crew/llm-testkit';
import { expect, it } from 'vitest';
import { runCheck } from '../src/check-adapter.ts';

it('every check has a name of its own and one sentence on why it matters', () => {
  expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
  for (const { why } of checks) expect(why).toMatch(/^[A-Z][^.]*\.$/);
});

it('the guide of every check has that heading', () => {
  for (const { guide } of checks) {
    const [page, anchor] = guide.split('#');
    const text = readFileSync(new URL(`../../../${page}`, import.meta.url), 'utf8');
    const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slug(heading));
    expect(headings).toContain(anchor);
  }
});

it('an adapter whose `create` throws fails every check, with that error', async () => {
  const broken = () => {
    throw new Error('no licence');
  };
  const results = await checkAdapter({ name: 'none', create: broken });
  expect(results.map(({ outcome }) => outcome)).toEqual(checks.map(() => 'failed'));
  expect(new Set(results.map(({ error }) => error?.message))).toEqual(new Set(['no licence']));
});

it('a description without a credential check says so', async () => {
  const [check] = checks;
  if (check === undefined) throw new Error('There are no checks.');
  const undescribed = runCheck(check, { name: 'none', create: () => ({ llm: fakeLLM([]) }) });
  await expect(undescribed).rejects.toThrow('`create` gave no `credential` check');
});

it('a credential check that lets everything in fails', async () => {
  const check = checks.find(({ name }) => name === 'every request carries the credential');
  if (check === undefined) throw new Error('The check was renamed: name it here as it is called now.');
  const careless = runCheck(check, {
    name: 'careless',
    create: ({ endpoint }) => ({ llm: new HttpLLM({ endpoint }), credential: () => true }),
    capabilities: { credential: 'fixed' },
  });
  await expect(careless).rejects.toThrow('lets a request without any credential in');
});

/** As GitHub makes an anchor of a heading. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');
}
