import {
  AuthenticationError,
  ContextWindowExceededError,
  ProtocolError,
  RateLimitError,
  ResponseError,
  type StreamPart,
} from '@crew/core';
import { decodeEvents } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { bytewise, collect, decode, failure, finish } from './decoded-stream.ts';
import { DONE, delta, event, inPieces } from './event-bytes.ts';

describe('error events', () => {
  it.each([
    ['an error', { error: { message: 'broken', type: 'server_error', code: 500 } }, ResponseError, 500],
    ['an error text', { error: 'broken' }, ResponseError, undefined],
    ['a bare error', { object: 'error', message: 'broken', code: 400 }, ResponseError, 400],
    ['a rate limit', { error: { message: 'broken', code: 429 } }, RateLimitError, 429],
    ['a refusal', { error: { message: 'broken', code: 401 } }, AuthenticationError, 401],
    [
      'an overflow',
      { error: { message: 'broken', code: 400, type: 'exceed_context_size_error' } },
      ContextWindowExceededError,
      400,
    ],
  ])('throws the error of an event with %s', async (_what, body, errorClass, status) => {
    const first = await failure(decode(event(body)));
    expect(first).toBeInstanceOf(errorClass);
    expect(first).toMatchObject({ status, serverMessage: 'broken', partialText: undefined });
    const later = await failure(decode(delta({ content: 'so far' }), `event: error\n${event(body)}`));
    expect(later).toBeInstanceOf(errorClass);
    expect(later).toMatchObject({ partialText: 'so far' });
  });

  it.each([
    ['a message', '{"message":"boom"}', 'boom'],
    ['a detail', '{"detail":"boom"}', 'boom'],
    ['a text', 'boom', 'boom'],
    ['something unknown', '{"reason":{"word":"boom"}}', 'boom'],
    ['nothing', '', 'without a message'],
  ])('throws the error of an event named error whose data is %s', async (_what, data, said) => {
    for (const frame of [`event: error\ndata: ${data}\n\n`, `data:${data}\nevent:error`]) {
      const error = await failure(decode(...bytewise(delta({ content: 'so far' }) + frame)));
      expect(error).toBeInstanceOf(ResponseError);
      expect(error).toMatchObject({ message: expect.stringContaining(said), partialText: 'so far' });
    }
  });

  it('ignores an event named error without data', async () => {
    const parts = await decode('event: error\n\n', delta({ content: 'a' }), DONE);
    expect(finish(parts).text).toBe('a');
  });

  it('throws an error after yielding the parts that came in the same bytes', async () => {
    const seen: StreamPart[] = [];
    const stream = inPieces([delta({ content: 'a' }) + delta({ content: 'b' }) + event({ error: 'broken' })]);
    const reading = (async () => {
      for await (const part of decodeEvents(stream, { requestId: 'r-1' })) seen.push(part);
    })();
    expect(await failure(reading)).toMatchObject({ partialText: 'ab', requestId: 'r-1' });
    expect(seen.map(part => part.type)).toEqual(['text', 'text']);
  });
});

describe('invalid streams', () => {
  it.each([
    [
      'an event that is not JSON',
      [delta({ content: 'a' }), event('Internal Server Error'), DONE],
      'Internal Server Error',
    ],
    ['an event that is not an object', [delta({ content: 'a' }), event('[1]'), DONE], '[1]'],
  ])('rejects %s', async (_what, frames, shown) => {
    const error = await failure(decode(...frames));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ partialText: 'a', message: expect.stringContaining(shown) });
  });

  it.each([
    ['the end', [event({ detail: 'boom' })], undefined],
    ['the end in the middle of the turn', [delta({ content: 'so far' }), event({ detail: 'boom' })], 'so far'],
    ['[DONE] without a turn', [event({ detail: 'boom' }), DONE], undefined],
  ])('rejects an unknown object before %s', async (_where, frames, partialText) => {
    const error = await failure(decode(...frames));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ partialText, message: expect.stringContaining('{"detail":"boom"}') });
  });

  it.each([['<html><body>Bad Gateway</body></html>'], ['upstream gone']])('rejects a body that is %s', async body => {
    const error = await failure(decode(...bytewise(body)));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ message: expect.stringContaining(body) });
  });

  it.each([
    ['line', ['data: ', 'x'.repeat(60), 'x'.repeat(60)]],
    ['event', Array.from({ length: 20 }, () => `data: ${'x'.repeat(20)}\n`)],
    ['body', ['{"a":"', 'x'.repeat(60), 'x'.repeat(60)]],
  ])('rejects a %s longer than maxEventLength', async (_what, pieces) => {
    const error = await failure(collect(inPieces(pieces), { maxEventLength: 100 }));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ message: expect.stringContaining('longer than 100 characters') });
  });
});

describe('response that is one JSON object', () => {
  const body = JSON.stringify({
    choices: [
      {
        message: {
          content: 'Hello',
          reasoning: 'because',
          tool_calls: [{ id: 'c', function: { name: 'search', arguments: '{}' } }],
        },
        finish_reason: 'stop',
      },
    ],
  });

  it('is decoded as a turn in parts', async () => {
    const parts = await decode(...bytewise(` \n${body}\n`));
    expect(parts.map(part => part.type)).toEqual([
      'reasoning',
      'text',
      'tool-call-start',
      'tool-call-arguments',
      'finish',
    ]);
    expect(finish(parts)).toMatchObject({ text: 'Hello', reasoning: 'because', finishReason: 'tool-calls' });
  });

  it('throws the error that it contains', async () => {
    expect(await failure(decode('{"error":{"message":"broken","code":503}}'))).toMatchObject({ status: 503 });
  });

  it('is rejected when it was cut', async () => {
    expect(await failure(decode(body.slice(0, 50)))).toBeInstanceOf(ProtocolError);
  });
});
