import { excerpt, ProtocolError, ResponseError } from '@crew/core';
import { decodeError, decodeTurn, toResponseError } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { answer, thrown } from './answers.ts';
import { collect, decode, failure, finish } from './decoded-stream.ts';
import { DONE, delta, event, inPieces } from './event-bytes.ts';

/** Terminal control sequences, characters that reverse or hide text, and line breaks of logs. */
const HOSTILE = [
  ...['\n', '\r', '\u2028', '\u2029', '\u0085', '\v', '\f'],
  ...['\u0000', '\u0007', '\b', '\u001b[2J', '\u001b]52;c;aGk=\u0007', '\u009b31m', '\u007f'],
  ...['\u202e', '\u202d', '\u2066', '\u2069', '\u200e', '\u200f', '\u061c', '\u200b', '\ufeff', '\u00ad', '\u{e0041}'],
  ...['\ud800', '\udfff', '\ue000', '\uffff'],
];
const hostile = (text: string): string => HOSTILE.map(one => `${text}${one}`).join(text);

/** One line of printable characters. */
const PRINTABLE = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]*$/u;

/** Returns every string of an error that a program may print. */
function textsOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) throw new Error('it is no error');
  return [error.message, ...Object.values(error)].filter(value => typeof value === 'string');
}

function expectPrintable(error: unknown): void {
  for (const text of textsOf(error)) expect(text).toMatch(PRINTABLE);
}

describe('texts of a server in an error', () => {
  const long = hostile('word ').repeat(10_000);

  it.each([
    ['a message', { error: { message: long } }],
    ['a code', { error: { message: 'No.', code: long } }],
    ['a type', { error: { message: 'No.', type: long } }],
    ['a status in words', { error: { message: 'No.', status: long } }],
    ['the error itself', { error: long }],
    ['a code without an envelope', { message: 'No.', code: long, type: long }],
    ['an OAuth code', { error: long, error_description: long }],
    ['a detail', { detail: [{ msg: long }] }],
    ['plain text', long],
    ['the title of a page', `<!doctype html><title>${long}</title>`],
  ])(
    'prints the text of a server in an error on one short line without control characters: %s [X9, X28]',
    async (_where, body) => {
      for (const status of [400, 401, 402, 429, 500]) {
        const error = toResponseError(decodeError(body, status), { requestId: long });
        expectPrintable(error);
        expect(error.message.length).toBeLessThan(700);
        expect(error.serverMessage?.length).toBeLessThan(1100);
        expect(error.serverCode?.length ?? 0).toBeLessThan(200);
        expect(error.requestId?.length).toBeLessThan(200);
      }
    },
  );

  it.each([
    ['an error in a 200 answer', { error: { message: long, code: long, type: long } }],
    ['an answer that is no turn', { [long]: long }],
    ['an answer that is text', long],
  ])(
    'prints the text of a 200 response in an error on one short line without control characters: %s [X9, X28]',
    (_what, body) => {
      const error = thrown(() => decodeTurn(body, { requestId: long }));
      expectPrintable(error);
      expect(error.message.length).toBeLessThan(700);
    },
  );

  it.each([
    ['an error event', `event: error\ndata: ${JSON.stringify({ message: long, code: long })}\n\n`],
    ['an error event of text', `event: error\ndata: ${long.replaceAll(/[\r\n]/g, ' ')}\n\n`],
    ['an event with an error', event({ error: { message: long, type: long } })],
    ['an event that is not JSON', event(`<${long.replaceAll(/[\r\n]/g, ' ')}`)],
    ['an unknown event', event({ [long]: 1 })],
    ['a stream that is a page', `<html>${long}`],
  ])(
    'prints the text of a stream in an error on one short line without control characters: %s [X9, X28]',
    async (_what, text) => {
      const error = await failure(decode(text));
      expect(ResponseError.isInstance(error) || ProtocolError.isInstance(error)).toBe(true);
      expectPrintable(error);
      expect(textsOf(error)[0]?.length).toBeLessThan(700);
    },
  );

  it('keeps a long server message in serverMessage, beside the shortened message [X9]', () => {
    const error = toResponseError(decodeError({ error: { message: `${'y'.repeat(400)} the end` } }, 400));
    expect(error.serverMessage).toMatch(/ the end$/);
    expect(error.message).toMatch(/y…$/);
  });

  it('never cuts an excerpt inside a character', () => {
    for (const length of [1, 2, 3, 4, 5]) expect(excerpt('😀'.repeat(9), length)).toMatch(/^(?:😀)*…$/u);
  });

  it('keeps letters of every script in an excerpt', () => {
    const text = 'naïve Ελληνικά Русский עברית العربية 中文 हिन्दी 😀';
    expect(excerpt(text)).toBe(text);
  });
});

describe('names of a server in a response', () => {
  it('shortens the model and the request id to one line of printable characters [X9]', async () => {
    const names = { id: hostile('id ').repeat(10_000), model: hostile('model ').repeat(10_000) };
    const whole = decodeTurn({ ...names, ...answer({ content: 'Hello' }, 'stop') });
    const streamed = finish(
      await decode(event({ ...names, choices: [{ delta: { content: 'Hello' }, finish_reason: 'stop' }] }), DONE),
    );
    for (const { requestId, model } of [whole, streamed]) {
      for (const name of [requestId, model]) {
        expect(name).toMatch(PRINTABLE);
        expect(name?.length).toBeLessThan(200);
      }
    }
  });
});

describe('endless line of a stream', () => {
  /** A stream that is read on and on. */
  async function* endless(first: string, piece: string): AsyncGenerator<Uint8Array> {
    yield* inPieces([first]);
    for (let count = 0; count < 10_000; count += 1) yield* inPieces([piece]);
    throw new Error('it was read on');
  }

  it.each([
    ['data', 'data: '],
    ['a comment', ': '],
    ['an unknown field', 'x: '],
    ['an event name', 'event: '],
    ['data after other data', `${delta({ content: 'a' })}data: `],
  ])('rejects an endless line while it arrives, as soon as it exceeds maxEventLength: %s', async (_what, first) => {
    for (const piece of ['x', 'x'.repeat(700), 'é'.repeat(300)]) {
      const error = await failure(collect(endless(first, piece), { maxEventLength: 5000 }));
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error).toMatchObject({ message: expect.stringContaining('longer than 5000 characters') });
    }
  });
});
