import { decodeEvents } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { turns } from '../event-loop.ts';
import { bytewise, decode, finish, text } from './decoded-stream.ts';
import { bytesOf, DONE, delta, event } from './event-bytes.ts';

describe('parts of a textbook stream', () => {
  it('yields text as it arrives, then the whole turn', async () => {
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

  it('yields each part as soon as its bytes have arrived', async () => {
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
    await turns();
    expect(sent).toBe(1);
    await parts.return();
  });
});

describe('event frames', () => {
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
    [
      'with data over several lines that end with CRLF',
      hello.replaceAll('{"choices":', '{\ndata: "choices":').replaceAll('\n', '\r\n'),
    ],
    ['with empty data as keep-alive', hello.replaceAll('data: {', 'data:\n\ndata\n\ndata: {')],
    ['without a last blank line', hello.trimEnd()],
  ])('decodes a stream %s', async (_how, stream) => {
    expect(text(await decode(stream))).toBe('héllo €😀');
    const bytes = bytewise(stream);
    expect(text(await decode(...bytes))).toBe('héllo €😀');
    expect(text(await decode(...bytes.flatMap(byte => [byte, new Uint8Array()])))).toBe('héllo €😀');
  });

  it('ignores unknown members and chunks without choices', async () => {
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

  it('decodes the first of interleaved choices', async () => {
    const choice = (index: number, content: string): string => event({ choices: [{ index, delta: { content } }] });
    const both = event({
      choices: [
        { index: 1, delta: { content: 'X' }, finish_reason: 'length' },
        { index: 0, delta: { content: 'c' } },
      ],
    });
    expect(text(await decode(choice(0, 'a'), choice(1, 'X'), choice(0, 'b'), both, delta({}, 'stop')))).toBe('abc');
  });

  it('keeps the first id when ids change', async () => {
    const chunk = (id: string): string => event({ id, choices: [{ delta: { content: 'a' } }] });
    expect(finish(await decode(chunk('one'), chunk('two'), DONE)).requestId).toBe('one');
  });

  it('accepts a first delta with null content or without a role', async () => {
    expect(text(await decode(delta({ role: 'assistant', content: null }), delta({ content: 'a' }, 'stop')))).toBe('a');
  });

  it('decodes chunks that contain the whole message', async () => {
    expect(text(await decode(event({ choices: [{ message: { content: 'a' }, finish_reason: 'stop' }] })))).toBe('a');
  });
});

describe('reasoning in a stream', () => {
  it.each(['reasoning_content', 'reasoning'])('decodes reasoning from %s', async member => {
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

  it('separates inline reasoning whose tags are split anywhere', async () => {
    const pieces = [...'<think>a < b, </thin, so</think>\n\nYes: a < b'];
    const parts = await decode(...pieces.map(content => delta({ content })), DONE);
    expect(finish(parts)).toMatchObject({ text: 'Yes: a < b', reasoning: 'a < b, </thin, so' });
    expect(parts.filter(part => part.type === 'text').length).toBeGreaterThan(5);
  });

  it.each(['<', ' <thin', '<think', '<thinker>'])('treats %j without the rest of a tag as text', async content => {
    expect(text(await decode(delta({ content }), DONE))).toBe(content);
  });
});
