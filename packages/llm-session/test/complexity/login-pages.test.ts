import { describe, expect, it } from 'vitest';
import { countSteps } from '../../../../test-support/count-steps.ts';
import { type CsrfOptions, formLogin, type LoginContext, session } from '../../src/index.ts';
import { pageAnswer, tryLogin } from '../page-login.ts';

const FORM = '<form method="post"><input name="u"><input type="password" name="p"></form>';

/** Pages that grow with n, each of which takes superlinear time if it is parsed into a tree or list. */
const PAGES: readonly (readonly [string, (count: number) => string])[] = [
  ['nested formatting elements and paragraphs', n => '<b a=i>'.repeat(n) + '<p>'.repeat(n) + FORM],
  ['formatting elements with different attributes', n => times(n, i => `<b a=${i}><p>`) + FORM],
  ['misnested anchors and tables', n => '<a><table>'.repeat(n) + FORM],
  ['end tags that close nothing', n => '<i>'.repeat(n) + '</b>'.repeat(n) + FORM],
  ['nested templates', n => '<template>'.repeat(n) + '</template>'.repeat(n) + FORM],
  ['many attributes on one tag', n => `<p ${times(n, i => `a${i} `)}>${FORM}`],
  ['one attribute many times', n => `<p ${'a=1 '.repeat(n)}>${FORM}`],
  ['character references', n => `<p title="${'&amp'.repeat(n)}">${FORM}`],
  ['an attribute that is not closed', n => `${FORM}<p title="${'<p title='.repeat(n)}`],
  ['comments that are not closed', n => `${FORM}${'<!--'.repeat(n)}`],
  ['tags that are not closed', n => `${FORM}${'<p'.repeat(n)}`],
  ['script ends in a script', n => `<script>${'<!--<script></scrip'.repeat(n)}</script></script>${FORM}`],
  ['forms inside forms', n => `${'<form method="post">'.repeat(n)}${FORM}`],
  ['ids', n => times(n, i => `<p id=x${i}>`) + FORM],
  ['inputs of another form', n => `<form id=a></form>${times(n, i => `<input form=a name=i${i}>`)}${FORM}`],
  ['options', n => `<select name=s>${'<option>x'.repeat(n)}</select>${FORM}`],
  ['white space in an option', n => `<select name=s><option>x${' '.repeat(8 * n)}x</select>${FORM}`],
  ['pictures', n => '<svg><path/></svg>'.repeat(n) + FORM],
  ['text', n => 'word '.repeat(n) + FORM],
];

function times(count: number, part: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => part(index)).join('');
}

describe('the work for a login page', () => {
  it.each(PAGES)('the work is linear in the length of the page: %s [X6]', async (_what, page) => {
    expect(await growth(page)).toBeLessThanOrEqual(10);
  });

  it('the work is linear in the length of a page that may contain the CSRF token [X6]', async () => {
    const page = (n: number): string => PAGES.map(([, one]) => one(Math.ceil(n / 8))).join('');
    expect(await growth(page, { from: { field: 'no-such-field' } })).toBeLessThanOrEqual(10);
  });
});

/** Returns the ratio of the work for pages of 8n and n parts, without the fixed work of a login. */
async function growth(page: (count: number) => string, csrf?: CsrfOptions): Promise<number> {
  await logIn(page(1), csrf);
  const least = await countSteps(() => logIn(page(1), csrf));
  const small = await countSteps(() => logIn(page(80), csrf));
  const large = await countSteps(() => logIn(page(640), csrf));
  return (large - least) / (small - least);
}

async function logIn(page: string, csrf: CsrfOptions | undefined): Promise<void> {
  const form = formLogin({ page: '/login' });
  const login = csrf === undefined ? form : async ({ fetch }: LoginContext) => void (await fetch('/login'));
  await tryLogin(session({ login, username: 'ada', password: 'secret-word', csrf }), () => pageAnswer(page));
}
