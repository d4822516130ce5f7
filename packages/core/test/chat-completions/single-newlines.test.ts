import { describe, expect, it } from 'vitest';
import { bytewise, decode, failure, finish, text } from './decoded-stream.ts';

describe('events separated by a single line end', () => {
  const line = (content: string, finish_reason: string | null = null): string =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason }] })}\n`;
  const stream = line('a { "b": ') + line('{}\n') + line('c', 'stop');

  it.each([
    ['with [DONE]', `${stream}data: [DONE]\n`],
    ['without [DONE]', stream],
    ['without a line end at the end', stream.trimEnd()],
    ['with CRLF', `${stream}data: [DONE]\n`.replaceAll('\n', '\r\n')],
    ['with CR', `${stream}data: [DONE]\n`.replaceAll('\n', '\r')],
    ['with comments between them', stream.replaceAll('\ndata', '\n: alive\ndata')],
    ['with ids and names', stream.replaceAll('data: ', 'event: chunk\nid: 7\ndata: ')],
    ['with one blank line', stream.replace('\n', '\n\n')],
  ])('are decoded one by one, %s [W16]', async (_how, whole) => {
    for (const parts of [await decode(whole), await decode(...bytewise(whole))]) {
      expect(text(parts)).toBe('a { "b": {}\nc');
      expect(finish(parts).finishReason).toBe('stop');
    }
  });

  it('are yielded before the stream ends [W16]', async () => {
    const broken = await failure(decode(line('a'), line('b'), line('c'), 'data: {"choi'));
    expect(broken).toMatchObject({ partialText: 'abc' });
  });

  it('leave an event that is split over data lines whole [W16]', async () => {
    const pretty = JSON.stringify({ choices: [{ delta: { content: 'a' }, finish_reason: 'stop' }] }, undefined, 1);
    const lines = pretty.split('\n').map(part => `data: ${part}\n`);
    expect(text(await decode(`${lines.join('')}\n`))).toBe('a');
  });

  it('keep the name of the error among them [W16]', async () => {
    const error = `event: error\ndata: {"message":"Overloaded"}\n`;
    const failed = await failure(decode(line('a') + line('b') + error));
    expect(failed).toMatchObject({ serverMessage: 'Overloaded', partialText: 'ab' });
  });
});
