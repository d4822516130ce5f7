import {
  AbortError,
  AuthenticationError,
  ConnectionError,
  ContextWindowExceededError,
  ProtocolError,
  RateLimitError,
  ResponseError,
  type StreamPart,
} from '@crew/core';
import { type DecodeEventsOptions, decodeEvents } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { bytesOf, callDelta, DONE, delta, event, inPieces } from './event-bytes.ts';

describe('decodeEvents gives the parts of a textbook stream', () => {
  it('text as it arrives, then the whole', async () => {
    const parts = await decode(
      event({ id: 'a', model: 'm', choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }),
      delta({ content: 'Hel' }),
      delta({ content: 'lo' }),
      delta({}, 'stop'),
      event({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 2 } }),
      DONE,
    );
    expect(parts).toStrictEqual([
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
      {
        type: 'finish',
        generation: {
          text: 'Hello',
          reasoning: undefined,
          toolCalls: [],
          finishReason: 'stop',
          usage: { inputTokens: 5, outputTokens: 2 },
          model: 'm',
          requestId: 'a',
        },
      },
    ]);
  });

  it('each as soon as its bytes are there', async () => {
    let sent = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (const frame of [delta({ content: 'a' }), delta({ content: 'b' }), delta({}, 'stop')]) {
        sent++;
        yield bytesOf(frame);
      }
    }
    const seen: [string, number][] = [];
    for await (const part of decodeEvents(source())) seen.push([part.type, sent]);
    expect(seen).toEqual([
      ['text', 1],
      ['text', 2],
      ['finish', 3],
    ]);
  });

  it('reads no further than its consumer', async () => {
    let sent = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (;;) {
        sent++;
        yield bytesOf(delta({ content: 'a' }));
      }
    }
    const parts = decodeEvents(source());
    await parts.next();
    await new Promise(resolve => setTimeout(resolve, 5));
    expect(sent).toBe(1);
    await parts.return();
  });
});

describe('decodeEvents reads frames', () => {
  const hello = [delta({ content: 'héllo ' }), delta({ content: '€😀' }), delta({}, 'stop'), DONE].join('');

  it.each([
    ['with CRLF', hello.replaceAll('\n', '\r\n')],
    ['with CR', hello.replaceAll('\n', '\r')],
    ['after a byte order mark', `\uFEFF${hello}`],
    ['after blank lines', `\n\r\n\n${hello}`],
    ['with comments as keep-alive', `: ping\n\n${hello.replaceAll('\n\n', '\n\n:\n\n: keep-alive\n\n')}`],
    ['with other fields', hello.replaceAll('data:', 'event: message\nid: 7\nretry: 10\nunknown\ndata:')],
    ['without a blank after the colon', hello.replaceAll('data: ', 'data:')],
    ['with data over several lines', hello.replaceAll('{"choices":', '{\ndata: "choices":')],
    ['with empty data as keep-alive', hello.replaceAll('data: {', 'data:\n\ndata\n\ndata: {')],
    ['without a last blank line', hello.trimEnd()],
  ])('%s', async (_how, stream) => {
    expect(text(await decode(stream))).toBe('héllo €😀');
    expect(text(await decode(...bytewise(stream)))).toBe('héllo €😀');
  });

  it('of any chunk that adds members or carries none', async () => {
    const parts = await decode(
      event({ type: 'ping' }),
      event({ choices: [{ delta: { content: 'a' } }], timings: { x: 1 }, usage: null }),
      event({ choices: null }),
      event({ choices: [{}] }),
      event({ choices: [{ index: 0, delta: null, finish_reason: 'stop' }], usage: { completion_tokens: 1 } }),
      event({ choices: [], usage: null }),
    );
    expect(text(parts)).toBe('a');
    expect(finish(parts).usage).toEqual({ inputTokens: 0, outputTokens: 1 });
  });

  it('of interleaved choices: the first counts', async () => {
    const choice = (index: number, content: string): string => event({ choices: [{ index, delta: { content } }] });
    const both = event({
      choices: [
        { index: 1, delta: { content: 'X' }, finish_reason: 'length' },
        { index: 0, delta: { content: 'c' } },
      ],
    });
    expect(text(await decode(choice(0, 'a'), choice(1, 'X'), choice(0, 'b'), both, delta({}, 'stop')))).toBe('abc');
  });

  it('whose id changes: the first is kept', async () => {
    const chunk = (id: string): string => event({ id, choices: [{ delta: { content: 'a' } }] });
    expect(finish(await decode(chunk('one'), chunk('two'), DONE)).requestId).toBe('one');
  });

  it('whose first delta has null content or no role', async () => {
    expect(text(await decode(delta({ role: 'assistant', content: null }), delta({ content: 'a' }, 'stop')))).toBe('a');
  });

  it('that hold the whole message', async () => {
    expect(text(await decode(event({ choices: [{ message: { content: 'a' }, finish_reason: 'stop' }] })))).toBe('a');
  });
});

describe('decodeEvents gives reasoning', () => {
  it.each(['reasoning_content', 'reasoning'])('out of %s', async member => {
    const parts = await decode(
      delta({ [member]: 'be' }),
      delta({ [member]: 'cause' }),
      delta({ content: 'a' }, 'stop'),
    );
    expect(parts.slice(0, 3)).toEqual([
      { type: 'reasoning', text: 'be' },
      { type: 'reasoning', text: 'cause' },
      { type: 'text', text: 'a' },
    ]);
    expect(finish(parts)).toMatchObject({ text: 'a', reasoning: 'because' });
  });

  it('that stands inline, its tags split anywhere', async () => {
    const pieces = [...'<think>a < b, </thin, so</think>\n\nYes: a</think>'];
    const parts = await decode(...pieces.map(content => delta({ content })), DONE);
    expect(finish(parts)).toMatchObject({ text: 'Yes: a</think>', reasoning: 'a < b, </thin, so' });
    expect(parts.filter(part => part.type === 'text').length).toBeGreaterThan(5);
  });

  it.each(['<', ' <thin', '<think', '<thinking>'])('but %j alone is text', async content => {
    expect(text(await decode(delta({ content }), DONE))).toBe(content);
  });
});

describe('decodeEvents puts tool calls together', () => {
  const expected = [
    { id: 'c0', name: 'search', arguments: '{"q":"x"}' },
    { id: 'c1', name: 'read', arguments: '{"n":1}' },
  ];

  it.each([
    [
      'id and name first, then fragments',
      [
        { index: 0, id: 'c0', type: 'function', function: { name: 'search', arguments: '' } },
        { index: 0, function: { arguments: '{"q"' } },
        { index: 0, function: { arguments: ':"x"}' } },
        { index: 1, id: 'c1', function: { name: 'read', arguments: '{"n":1}' } },
      ],
    ],
    [
      'the first fragment beside id and name',
      [
        { index: 0, id: 'c0', function: { name: 'search', arguments: '{"q"' } },
        { index: 0, function: { arguments: ':"x"}' } },
        { index: 1, id: 'c1', function: { name: 'read', arguments: '{"n"' } },
        { index: 1, function: { arguments: ':1}' } },
      ],
    ],
    [
      'fragments of two calls that interleave',
      [
        { index: 0, id: 'c0', function: { name: 'search', arguments: '{"q"' } },
        { index: 1, id: 'c1', function: { name: 'read', arguments: '{"n"' } },
        { index: 0, function: { arguments: ':"x"}' } },
        { index: 1, function: { arguments: ':1}' } },
      ],
    ],
    [
      'whole calls without index',
      [
        { id: 'c0', function: { name: 'search', arguments: '{"q":"x"}' } },
        { id: 'c1', function: { name: 'read', arguments: '{"n":1}' } },
      ],
    ],
    [
      'fragments without index',
      [
        { id: 'c0', function: { name: 'search', arguments: '{"q"' } },
        { function: { arguments: ':"x"}' } },
        { id: 'c1', function: { name: 'read', arguments: '' } },
        { function: { arguments: '{"n":1}' } },
      ],
    ],
    [
      'fragments that repeat the id',
      [
        { id: 'c0', function: { name: 'search', arguments: '{"q"' } },
        { id: 'c0', function: { arguments: ':"x"}' } },
        { id: 'c1', function: { name: 'read', arguments: '{"n"' } },
        { id: 'c1', function: { arguments: ':1}' } },
      ],
    ],
    [
      'fragments that repeat index, id and name',
      [
        { index: 0, id: 'c0', function: { name: 'search', arguments: '{"q"' } },
        { index: 0, id: 'c0', function: { name: 'search', arguments: ':"x"}' } },
        { index: 1, id: 'c1', function: { name: 'read', arguments: '{"n"' } },
        { index: 1, id: 'c1', function: { name: 'read', arguments: ':1}' } },
      ],
    ],
    [
      'whole calls that all have index 0',
      [
        { index: 0, id: 'c0', function: { name: 'search', arguments: '{"q":"x"}' } },
        { index: 0, id: 'c1', function: { name: 'read', arguments: '{"n":1}' } },
      ],
    ],
    [
      'arguments as objects',
      [
        { index: 0, id: 'c0', function: { name: 'search', arguments: { q: 'x' } } },
        { index: 1, id: 'c1', function: { name: 'read', arguments: { n: 1 } } },
      ],
    ],
    [
      'id, name and arguments one after another',
      [
        { index: 0, id: 'c0' },
        { index: 0, function: { name: 'search' } },
        { index: 0, function: { arguments: '{"q":"x"}' } },
        { index: 1, id: 'c1', function: { name: 'read', arguments: '{"n":1}' } },
      ],
    ],
    [
      'indexes that begin elsewhere, with null members',
      [
        { index: 3, id: 'c0', function: { name: 'search', arguments: null } },
        { index: 3, id: null, function: { name: null, arguments: '{"q":"x"}' } },
        { index: 7, id: 'c1', function: { name: 'read', arguments: '{"n":1}' } },
      ],
    ],
  ])('sent as %s', async (_how, fragments) => {
    const parts = await decode(...fragments.map(fragment => callDelta(fragment)), delta({}, 'tool_calls'));
    expect(finish(parts).toolCalls).toEqual(expected);
    expect(fromParts(parts)).toEqual(expected);
    expect(finish(parts).finishReason).toBe('tool-calls');
    expect(finish(await decode(callDelta(...fragments), DONE)).toolCalls).toEqual(expected);
  });

  it('without any id, the same tool twice under one index', async () => {
    const whole = { index: 0, function: { name: 'search', arguments: '{"q":1}' } };
    const parts = await decode(callDelta(whole), callDelta(whole), DONE);
    expect(finish(parts).toolCalls).toEqual([
      { id: 'call_0', name: 'search', arguments: '{"q":1}' },
      { id: 'call_1', name: 'search', arguments: '{"q":1}' },
    ]);
  });

  it('with finish reason stop', async () => {
    const whole = { id: 'c', function: { name: 'now' } };
    const turn = finish(await decode(callDelta(whole), delta({}, 'stop')));
    expect(turn).toMatchObject({ finishReason: 'tool-calls', toolCalls: [{ arguments: '{}' }] });
  });

  it('cut off by length inside the arguments', async () => {
    const call = { index: 0, id: 'c', function: { name: 'search', arguments: '{"q":' } };
    const turn = finish(await decode(callDelta(call), delta({}, 'length')));
    expect(turn).toMatchObject({ finishReason: 'length', toolCalls: [{ id: 'c', arguments: '{"q":' }] });
  });

  it('cut off by length before the name: the raw text stays text', async () => {
    const turn = finish(
      await decode(delta({ content: '<tool_call>{"na' }), callDelta({ index: 0, id: 'c' }), delta({}, 'length')),
    );
    expect(turn).toMatchObject({ finishReason: 'length', text: '<tool_call>{"na', toolCalls: [] });
  });

  it('and refuses one whose name never comes', async () => {
    const error = await failure(decode(delta({ content: 'a' }), callDelta({ index: 0, id: 'c' }), delta({}, 'stop')));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ partialText: 'a' });
  });
});

describe('decodeEvents knows when a stream is complete', () => {
  it.each([
    ['a finish reason without [DONE]', [delta({ content: 'a' }, 'stop')], 'stop'],
    ['[DONE] without a finish reason', [delta({ content: 'a' }), DONE], 'unknown'],
    ['an unknown finish reason', [delta({ content: 'a' }, 'eos!')], 'unknown'],
    ['a finish reason in an event that lacks its blank line', [delta({ content: 'a' }, 'stop').trimEnd()], 'stop'],
    ['a finish reason, then half an event', [delta({ content: 'a' }, 'stop'), 'data: {"cho'], 'stop'],
    ['[DONE] with more after it', [delta({ content: 'a' }), DONE, delta({ content: 'X' })], 'unknown'],
  ])('by %s', async (_how, frames, reason) => {
    expect(finish(await decode(...frames))).toMatchObject({ text: 'a', finishReason: reason });
    expect(finish(await decode(frames.join('')))).toMatchObject({ text: 'a', finishReason: reason });
  });

  it.each([
    ['after a delta', [delta({ content: 'so far' })], 'so far'],
    ['within an event', [delta({ content: 'so far' }), 'data: {"choices":[{"del'], 'so far'],
    ['within the first event', ['data: {"cho'], undefined],
    ['after a comment', [': hello\n\n'], undefined],
    ['before the first byte', [], undefined],
    ['after the usage', [delta({ content: 'so far' }), event({ choices: [], usage: {} })], 'so far'],
  ])('and that it was cut %s', async (_where, frames, partialText) => {
    const error = await failure(decode(...frames));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ partialText });
  });

  it('and that it was cut when the connection breaks', async () => {
    const broken = inPieces([delta({ content: 'so far' })], () => {
      throw new TypeError('terminated');
    });
    const error = await failure(collect(broken));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ partialText: 'so far', cause: new TypeError('terminated') });
  });

  it('and adds the text so far to a ConnectionError of the transport', async () => {
    const broken = inPieces([delta({ content: 'so far' })], () => {
      throw new ConnectionError('reset by peer');
    });
    expect(await failure(collect(broken))).toMatchObject({ message: 'reset by peer', partialText: 'so far' });
  });

  it('and passes an abort through', async () => {
    const abort = new AbortError('cancelled');
    const aborted = inPieces([delta({ content: 'a' })], () => {
      throw abort;
    });
    expect(await failure(collect(aborted))).toBe(abort);
  });

  it('and forgives a connection that breaks after the finish reason', async () => {
    const broken = inPieces([delta({ content: 'a' }, 'stop')], () => {
      throw new TypeError('terminated');
    });
    expect(text(await collect(broken))).toBe('a');
  });
});

describe('decodeEvents closes its source', () => {
  it('when the consumer stops early', async () => {
    let closed = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield bytesOf(delta({ content: 'a' }));
      } finally {
        closed++;
      }
    }
    for await (const _part of decodeEvents(source())) break;
    expect(closed).toBe(1);
  });

  it('when the stream fails', async () => {
    let closed = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield bytesOf('data: nonsense\n\n');
        yield bytesOf(DONE);
      } finally {
        closed++;
      }
    }
    await failure(collect(source()));
    expect(closed).toBe(1);
  });

  it('but reads it to its end after [DONE], so that the connection can be used again', async () => {
    let ended = false;
    const source = inPieces([delta({ content: 'a' }), DONE, ': the end\n\n'], () => {
      ended = true;
    });
    for await (const part of decodeEvents(source)) {
      if (part.type === 'finish') break;
    }
    expect(ended).toBe(true);
  });

  it('and when the end does not come within endTimeout', async () => {
    let closed = 0;
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => {
        let first = true;
        return {
          next: () => {
            if (!first) return new Promise(() => undefined);
            first = false;
            return Promise.resolve({ done: false, value: bytesOf(delta({ content: 'a' }) + DONE) });
          },
          return: () => {
            closed++;
            return Promise.resolve({ done: true, value: undefined });
          },
        };
      },
    };
    expect(text(await collect(source, { endTimeout: 5 }))).toBe('a');
    expect(closed).toBe(1);
  });
});

describe('decodeEvents throws what an error event says', () => {
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
  ])('%s', async (_what, body, errorClass, status) => {
    const first = await failure(decode(event(body)));
    expect(first).toBeInstanceOf(errorClass);
    expect(first).toMatchObject({ status, serverMessage: 'broken', partialText: undefined });
    const later = await failure(decode(delta({ content: 'so far' }), `event: error\n${event(body)}`));
    expect(later).toBeInstanceOf(errorClass);
    expect(later).toMatchObject({ partialText: 'so far' });
  });

  it('after giving what came in the same bytes', async () => {
    const seen: StreamPart[] = [];
    const stream = inPieces([delta({ content: 'a' }) + delta({ content: 'b' }) + event({ error: 'broken' })]);
    const reading = (async () => {
      for await (const part of decodeEvents(stream, { requestId: 'r-1' })) seen.push(part);
    })();
    expect(await failure(reading)).toMatchObject({ partialText: 'ab', requestId: 'r-1' });
    expect(seen.map(part => part.type)).toEqual(['text', 'text']);
  });
});

describe('decodeEvents refuses', () => {
  it.each([
    [
      'an event that is no JSON',
      [delta({ content: 'a' }), event('Internal Server Error'), DONE],
      'Internal Server Error',
    ],
    ['an event that is no object', [delta({ content: 'a' }), event('[1]'), DONE], '[1]'],
  ])('%s', async (_what, frames, shown) => {
    const error = await failure(decode(...frames));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ partialText: 'a', message: expect.stringContaining(shown) });
  });

  it.each([['<html><body>Bad Gateway</body></html>'], ['upstream gone']])('a body that is %s', async body => {
    const error = await failure(decode(...bytewise(body)));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ message: expect.stringContaining(body) });
  });

  it.each([
    ['line', ['data: ', 'x'.repeat(60), 'x'.repeat(60)]],
    ['event', Array.from({ length: 20 }, () => `data: ${'x'.repeat(20)}\n`)],
    ['body', ['{"a":"', 'x'.repeat(60), 'x'.repeat(60)]],
  ])('a %s longer than maxEventLength', async (_what, pieces) => {
    const error = await failure(collect(inPieces(pieces), { maxEventLength: 100 }));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ message: expect.stringContaining('longer than 100 characters') });
  });
});

describe('decodeEvents decodes an answer that is one JSON object', () => {
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

  it('as a turn in parts', async () => {
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

  it('that is an error', async () => {
    expect(await failure(decode('{"error":{"message":"broken","code":503}}'))).toMatchObject({ status: 503 });
  });

  it('that was cut', async () => {
    expect(await failure(decode(body.slice(0, 50)))).toBeInstanceOf(ProtocolError);
  });
});

function decode(...pieces: readonly (string | Uint8Array)[]): Promise<StreamPart[]> {
  return collect(inPieces(pieces));
}

async function collect(chunks: AsyncIterable<Uint8Array>, options?: DecodeEventsOptions): Promise<StreamPart[]> {
  const parts: StreamPart[] = [];
  for await (const part of decodeEvents(chunks, options)) parts.push(part);
  return parts;
}

function bytewise(stream: string): Uint8Array[] {
  return Array.from(bytesOf(stream), byte => Uint8Array.of(byte));
}

function finish(parts: readonly StreamPart[]) {
  const last = parts.at(-1);
  if (last?.type !== 'finish') throw new Error('the last part is no finish');
  return last.generation;
}

/** The text, which must be the same in the parts and in the whole. */
function text(parts: readonly StreamPart[]): string {
  const whole = finish(parts).text;
  expect(parts.map(part => (part.type === 'text' ? part.text : '')).join('')).toBe(whole);
  return whole;
}

/** The tool calls as a consumer puts them together. */
function fromParts(parts: readonly StreamPart[]): object[] {
  const calls: { id: string; name: string; arguments: string }[] = [];
  for (const part of parts) {
    if (part.type === 'tool-call-start') calls[part.index] = { id: part.id, name: part.name, arguments: '' };
    const call = part.type === 'tool-call-arguments' ? calls[part.index] : undefined;
    if (call !== undefined && part.type === 'tool-call-arguments') call.arguments += part.text;
  }
  return calls;
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
