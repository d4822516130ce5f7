import { AbortError, ConnectionError } from '@crew/core';
import { decodeEvents } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../virtual-clock.ts';
import { collect, decode, failure, finish, text } from './decoded-stream.ts';
import { bytesOf, DONE, delta, event, inPieces } from './event-bytes.ts';

describe('end of a stream', () => {
  it.each([
    ['a finish reason without [DONE]', [delta({ content: 'a' }, 'stop')], 'stop'],
    ['[DONE] without a finish reason', [delta({ content: 'a' }), DONE], 'unknown'],
    ['an unknown finish reason', [delta({ content: 'a' }, 'eos!')], 'unknown'],
    ['a finish reason in an event that lacks its blank line', [delta({ content: 'a' }, 'stop').trimEnd()], 'stop'],
    ['a finish reason, then half an event', [delta({ content: 'a' }, 'stop'), 'data: {"cho'], 'stop'],
    ['[DONE] after an unknown object', [delta({ content: 'a' }), event({ type: 'bye' }), DONE], 'unknown'],
    ['[DONE] with more after it', [delta({ content: 'a' }), DONE, delta({ content: 'X' })], 'unknown'],
  ])('completes the turn at %s', async (_how, frames, reason) => {
    expect(finish(await decode(...frames))).toMatchObject({ text: 'a', finishReason: reason });
    expect(finish(await decode(frames.join('')))).toMatchObject({ text: 'a', finishReason: reason });
  });

  it.each([
    ['after a delta', [delta({ content: 'so far' })], 'so far'],
    ['within an event', [delta({ content: 'so far' }), 'data: {"choices":[{"del'], 'so far'],
    ['after an unknown object and a delta', [event({ type: 'ping' }), delta({ content: 'so far' })], 'so far'],
    ['within the first event', ['data: {"cho'], undefined],
    ['after a comment', [': hello\n\n'], undefined],
    ['before the first byte', [], undefined],
    ['after the usage', [delta({ content: 'so far' }), event({ choices: [], usage: {} })], 'so far'],
  ])('reports a stream that was cut %s', async (_where, frames, partialText) => {
    const error = await failure(decode(...frames));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ partialText });
  });

  it('reports a stream that was cut by a lost connection', async () => {
    const broken = inPieces([delta({ content: 'so far' })], () => {
      throw new TypeError('terminated');
    });
    const error = await failure(collect(broken));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ partialText: 'so far', cause: new TypeError('terminated') });
  });

  it('adds the text so far to a ConnectionError of the transport', async () => {
    const broken = inPieces([delta({ content: 'so far' })], () => {
      throw new ConnectionError('reset by peer');
    });
    expect(await failure(collect(broken))).toMatchObject({ message: 'reset by peer', partialText: 'so far' });
  });

  it('stops reading a long tail instead of keeping the connection', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield bytesOf(delta({ content: 'a' }) + DONE);
      for (; read < 1000; read += 1) yield bytesOf('x');
    }
    expect(finish(await collect(endless(), { endTimeout: 600_000 })).text).toBe('a');
    expect(read).toBeLessThanOrEqual(100);
  });

  it('passes an abort through', async () => {
    const abort = new AbortError('cancelled');
    const aborted = inPieces([delta({ content: 'a' })], () => {
      throw abort;
    });
    expect(await failure(collect(aborted))).toBe(abort);
  });

  it('ignores a connection that breaks after the finish reason', async () => {
    const broken = inPieces([delta({ content: 'a' }, 'stop')], () => {
      throw new TypeError('terminated');
    });
    expect(text(await collect(broken))).toBe('a');
  });
});

describe('source of a stream', () => {
  it('is closed when the consumer stops early', async () => {
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

  it('is closed when the stream fails', async () => {
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

  it('is read to its end after [DONE], so that the connection can be reused', async () => {
    let ended = false;
    const source = inPieces([delta({ content: 'a' }), DONE, ': the end\n\n'], () => {
      ended = true;
    });
    for await (const part of decodeEvents(source)) {
      if (part.type === 'finish') break;
    }
    expect(ended).toBe(true);
  });

  it('is closed when its end does not come within endTimeout', async () => {
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

describe('a finished turn whose connection stays open', () => {
  /** Returns a stream that sends the pieces, then `next()` for every further read. */
  function open(
    pieces: readonly string[],
    next: () => Promise<IteratorResult<Uint8Array>>,
  ): AsyncIterable<Uint8Array> & { closed: number } {
    const rest = [...pieces];
    const source = {
      closed: 0,
      [Symbol.asyncIterator]: () => ({
        next: () => {
          const piece = rest.shift();
          return piece === undefined ? next() : Promise.resolve({ done: false, value: bytesOf(piece) });
        },
        return: async (): Promise<IteratorResult<Uint8Array>> => {
          source.closed += 1;
          return { done: true, value: undefined };
        },
      }),
    };
    return source;
  }

  it.each([
    ['a finish reason', [delta({ content: 'a' }, 'stop')]],
    ['[DONE]', [delta({ content: 'a' }), DONE]],
  ])('ends a second of the injected clock after %s if nothing follows [W17]', async (_what, pieces) => {
    const clock = new VirtualClock();
    const source = open(pieces, () => new Promise(() => undefined));
    expect(text(await collect(source, { clock }))).toBe('a');
    expect(clock.monotonic()).toBe(1000);
    expect(source.closed).toBe(1);
  });

  it('ends although the server goes on to send comments, and counts the tokens in between [W17]', async () => {
    const clock = new VirtualClock();
    const usage = event({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 1 } });
    const source = open([delta({ content: 'a' }, 'stop'), ': alive\n\n', usage], async () => {
      await clock.sleep(300, new AbortController().signal);
      return { done: false, value: bytesOf(': alive\n\n') };
    });
    const parts = await collect(source, { clock });
    expect(finish(parts)).toMatchObject({ text: 'a', usage: { inputTokens: 3, outputTokens: 1 } });
    expect(clock.monotonic()).toBeLessThanOrEqual(1200);
    expect(source.closed).toBe(1);
  });
});
