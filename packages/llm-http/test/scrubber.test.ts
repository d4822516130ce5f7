import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Scrubber } from '../src/adapter.ts';

const secret = `sk-"Planted"+/\\${randomBytes(15).toString('base64url')}&<ü>/end`;

const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const percent = (text: string): string => encodeURIComponent(text);
const everyByte = (text: string, write: (hex: string) => string): string =>
  [...Buffer.from(text)].map(byte => write(byte.toString(16).padStart(2, '0'))).join('');
const everyUnit = (text: string, write: (unit: number) => string): string =>
  Array.from({ length: text.length }, (_, at) => write(text.charCodeAt(at))).join('');
const wrapped = (text: string, width: number): string =>
  text.match(new RegExp(`.{1,${width}}`, 'g'))?.join('\r\n') ?? '';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const hex = (text: string): string => Buffer.from(text).toString('hex');
const pairs = (text: string, separator: string): string => hex(text).match(/../g)?.join(separator) ?? '';
const named = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('+', '&plus;')
    .replaceAll('/', '&sol;')
    .replaceAll('\\', '&bsol;');
const decimal = (text: string): string => everyUnit(text, unit => `&#${unit};`);

/** Each makes a form of a secret that a reader could undo. */
const FORMS: readonly [string, (text: string) => string][] = [
  ['plain', text => text],
  ['in lower case', text => text.toLowerCase()],
  ['in upper case', text => text.replace(/[a-z]/g, letter => letter.toUpperCase())],
  ['in JSON', json],
  ['in JSON with escaped slashes', text => json(text).replaceAll('/', '\\/')],
  ['with every character as \\uXXXX', text => everyUnit(text, unit => `\\u${unit.toString(16).padStart(4, '0')}`)],
  ['with some characters as \\uXXXX', text => text.replaceAll('s', '\\u0073').replaceAll('"', '\\u0022')],
  ['with every byte as \\xXX', text => everyByte(text, digits => `\\x${digits}`)],
  ['percent-encoded', percent],
  ['as a form', text => new URLSearchParams({ text }).toString()],
  ['with every byte as %XX', text => everyByte(text, digits => `%${digits}`)],
  ['with every byte as %XX in upper case', text => everyByte(text, digits => `%${digits.toUpperCase()}`)],
  ['with some characters as %XX', text => percent(text).replaceAll('s', '%73').replaceAll('e', '%65')],
  ['with named character references', named],
  ['with decimal character references', decimal],
  ['with decimal character references without semicolons', text => everyUnit(text, unit => `&#${unit}`)],
  ['with hexadecimal character references', text => everyUnit(text, unit => `&#x${unit.toString(16)};`)],
  [
    'with upper-case hexadecimal references',
    text => everyUnit(text, unit => `&#X00${unit.toString(16).toUpperCase()};`),
  ],
  ['in base64', base64],
  ['in base64 behind one byte', text => base64(`x${text}y`)],
  ['in base64 behind two bytes', text => base64(`xy${text}`)],
  ['in base64 behind other letters', text => `word${base64(text)}`],
  ['in base64 behind a hyphen', text => `ab-${base64(text)}`],
  ['in base64 in lines', text => wrapped(base64(`some bytes ${text}`), 16)],
  ['in base64 in lines in JSON', text => json(wrapped(base64(text), 76))],
  ['in base64url', base64url],
  ['in base64url inside a longer text', text => base64url(`{"key":"${text}"}`)],
  ['in base64url in lines', text => wrapped(base64url(text), 10)],
  ['in hex', hex],
  ['in upper-case hex', text => hex(text).toUpperCase()],
  ['in hex behind another digit', text => `a${hex(text)}`],
  ['in hex with colons', text => pairs(text, ':')],
  ['in upper-case hex with colons', text => pairs(text, ':').toUpperCase()],
  ['in hex with spaces', text => pairs(text, ' ')],
  ['in hex with hyphens', text => pairs(text, '-')],
];

/** Those that begin and end with the secret. */
const BARE = FORMS.filter(([form]) => !/behind|inside|base64 in lines$/.test(form));

/** Those that are made of all forms of the list above, once more. */
const OUTER: readonly [string, (text: string) => string][] = [
  ['JSON', json],
  ['percent-encoding', percent],
  ['character references', named],
  ['base64', base64],
  ['base64url', base64url],
  ['hex', hex],
];

const frame = (text: string): string => `The key "${text}" is not known.`;

describe('Scrubber', () => {
  it.each(FORMS)('removes a secret %s [X14]', (_form, write) => {
    const scrubber = new Scrubber([secret]);
    const scrubbed = scrubber.text(frame(write(secret)));
    expect(scrubbed).toMatch(/^The key ".{0,16}\[redacted\].{0,8}" is not known\.$/);
    expect(scrubber.json({ [write(secret)]: 1 })).toEqual({ [scrubber.text(write(secret))]: 1 });
    expect(scrubber.text(write(secret))).toContain('[redacted]');
  });

  it.each(FORMS)('removes a secret %s in each other encoding, once more and twice [X14]', (_form, write) => {
    const scrubber = new Scrubber([secret]);
    for (const [, outer] of OUTER) {
      expect(scrubber.text(frame(outer(write(secret))))).toContain('[redacted]');
      for (const [, outermost] of OUTER) {
        const text = frame(outermost(outer(write(secret))));
        const scrubbed = scrubber.text(text);
        expect(scrubbed).toContain('[redacted]');
        expect(scrubbed.length - text.length / 3).toBeLessThan(60);
      }
    }
  });

  it('removes a secret under four encodings [X14]', () => {
    const text = percent(json(base64(percent(json(secret)))));
    expect(new Scrubber([secret]).text(frame(text))).toBe('The key "[redacted]" is not known.');
  });

  it.each(BARE)('removes a secret %s that is truncated by an ellipsis [X14]', (_form, write) => {
    const scrubber = new Scrubber([secret]);
    const whole = write(secret);
    for (const mark of ['…', '...']) {
      for (let length = Math.ceil(whole.length / 4); length < whole.length; length += 1) {
        const cut = `${whole.slice(0, length)}${mark}`;
        const scrubbed = scrubber.text(cut);
        expect(scrubbed.endsWith(`[redacted]${mark}`), cut).toBe(true);
        expect(scrubbed.length, cut).toBeLessThan(40);
      }
    }
  });

  it('removes the end of a secret after an ellipsis [X14]', () => {
    expect(new Scrubber(['correct-horse-battery']).text('key …horse-battery, key ...rse-battery')).toBe(
      'key …[redacted], key ...[redacted]',
    );
  });

  it.each(BARE)('removes the beginning of a secret %s at the end of a truncated text [X14]', (_form, write) => {
    const scrubber = new Scrubber([secret]);
    const whole = write(secret);
    for (let length = Math.ceil(whole.length / 4); length < whole.length; length += 1) {
      const scrubbed = scrubber.truncated(`So: ${whole.slice(0, length)}`);
      expect(scrubbed).toMatch(/\[redacted\]$/);
      expect(scrubbed.length, scrubbed).toBeLessThan(45);
    }
    expect(scrubber.text('It ends in sk-"p')).toBe('It ends in sk-"p');
  });

  it('removes secrets from the names of members, at any depth [X14]', () => {
    const scrubber = new Scrubber([secret]);
    expect(scrubber.json([{ errors: { [secret]: { [base64url(`xx${secret}`)]: [secret] } } }])).toEqual([
      { errors: { '[redacted]': { 'eH[redacted]': ['[redacted]'] } } },
    ]);
  });

  it('removes a secret from an error, its name and code, and those of its causes', () => {
    const cause = Object.assign(new Error(hex(secret)), { name: secret, code: base64url(secret) });
    const error = Object.assign(new Error(secret, { cause }), { partialText: `It is ${secret.slice(0, 12)}` });
    new Scrubber([secret]).error(error);
    expect(error.message).toBe('[redacted]');
    expect(error.partialText).toBe('It is [redacted]');
    expect([cause.message, cause.name, cause.code]).toEqual(['[redacted]', '[redacted]', '[redacted]']);
  });

  it('removes overlapping secrets, and both halves of a basic credential', () => {
    const scrubber = new Scrubber([`Basic ${base64('user:password-1')}`, 'Bearer abcdefgh', 'abcdefghij']);
    expect(scrubber.text('BEARER ABCDEFGHIJ, password-1, user:password-1, user')).toBe(
      '[redacted], [redacted], [redacted], user',
    );
  });

  it('leaves texts without secrets unchanged, whatever their content', () => {
    const scrubber = new Scrubber([secret, 'Bearer abcdefgh', 'correct horse battery']);
    const others = [
      'A bearer of good news... and 100 % of it &c. \\o/',
      'Bearer…',
      'sk-…',
      base64('no secret in here'),
      JSON.stringify({ path: 'C:\\Users\\%41', html: '&lt;p&gt;' }),
      '\u{1F511} \ud800 and Ümläute',
      'ends in %',
      'ends in \\u00',
    ];
    for (const text of others) {
      expect(scrubber.text(text)).toBe(text);
      expect(scrubber.truncated(text)).toBe(text);
    }
    expect(new Scrubber(['abc']).text('abc')).toBe('abc');
  });

  it('keeps the text around a secret, also after multi-byte characters', () => {
    expect(new Scrubber([secret]).text(`\u{1F511}ü ${percent(secret)} ü\u{1F511} ${secret}!`)).toBe(
      '\u{1F511}ü [redacted] ü\u{1F511} [redacted]!',
    );
  });

  it('removes secrets at every position of a long text [X14]', () => {
    const scrubber = new Scrubber([secret]);
    const filler = 'Lorem ipsum, dolor. '.repeat(2_000);
    for (const write of [json, percent, base64, hex, (text: string) => decimal(decimal(text))]) {
      const scrubbed = scrubber.text(Array.from({ length: 3 }, () => `${filler}"${write(secret)}"`).join(''));
      expect(scrubbed.replaceAll(filler, '').replaceAll('=', '')).toBe('"[redacted]"'.repeat(3));
    }
  });

  it('leaves out JSON that is nested deeper than 100 levels', () => {
    const scrubber = new Scrubber([secret]);
    let deep: unknown = secret;
    for (let depth = 0; depth < 20_000; depth += 1) deep = depth % 2 === 0 ? [deep] : { [secret]: deep };
    expect(JSON.stringify(scrubber.json(deep))).not.toContain('Planted');
  });
});
