// Work for hostile responses of two sizes: eight times the input may take about eight times the work, not sixty-four.
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ProtocolError, ResponseError } from '@crew/core';
import { decodeError, decodeEvents, decodeTurn, isQuotaExhausted, toResponseError } from '@crew/core/chat-completions';
import { expect, test } from 'vitest';
import { collect, failure } from '../chat-completions/decoded-stream.ts';
import { bytesOf, delta, event, inPieces } from '../chat-completions/event-bytes.ts';
import { countCharacters } from './count-characters.ts';
import { growth } from './count-steps.ts';

const SIZE = 2000;

/** Asserts that eight times the size takes at most ten times the work, including regular expressions and parsers. */
async function expectLinear(work: (size: number) => unknown): Promise<void> {
  expect(await growth(SIZE, work)).toBeLessThan(10);
  const characters = await countCharacters(() => work(SIZE));
  expect(await countCharacters(() => work(8 * SIZE))).toBeLessThan(10 * Math.max(1000, characters));
}

const pages: readonly [string, (size: number) => string][] = [
  ['opening title tags', size => `<html>${'<title '.repeat(size)}`],
  ['title tags without an end', size => `<html>${'<title>x'.repeat(size)}`],
  ['opening h1 tags', size => `<html>${'<h1'.repeat(size)}`],
  ['white space before the page', size => `${' \n'.repeat(size)}<html><title>x</title>`],
];

test.each(pages)('reads an error page of %s in linear time [X1]', async (_name, page) => {
  const read = (size: number): unknown => decodeError(page(size), 502);
  const stream = (size: number): unknown =>
    failure(collect(inPieces([`event: error\ndata: ${page(size).replaceAll('\n', ' ')}\n\n`])));
  for (const work of [read, stream]) {
    const characters = await countCharacters(() => work(SIZE));
    expect(await countCharacters(() => work(8 * SIZE))).toBeLessThan(10 * characters);
  }
});

test('passes a bounded part of an error message to regular expressions [X4]', async () => {
  const read = (size: number): void => {
    const error = decodeError({ error: { message: 'exceeded your current quota '.repeat(size) } }, 429);
    isQuotaExhausted(error);
    toResponseError(error);
  };
  expect(await countCharacters(() => read(8 * SIZE))).toBe(await countCharacters(() => read(SIZE)));
});

test('makes crafted ids of tool calls unique in linear time [X2]', async () => {
  await expectLinear(size => {
    const ids = Array.from({ length: size }, (_, index) => (index < size / 2 ? `a_${size / 2 + index}` : 'a'));
    const calls = ids.map(id => ({ id, function: { name: 'f', arguments: '{}' } }));
    const turn = decodeTurn({ choices: [{ message: { tool_calls: calls } }] });
    expect(new Set(turn.toolCalls.map(call => call.id)).size).toBe(size);
  });
});

test('reads whitespace before a thinking tag once [X11]', async () => {
  await expectLinear(async size => {
    const blanks = delta({ content: ' ' }).repeat(size);
    const parts = await collect(inPieces([blanks, delta({ content: '<think>a</think>b' }, 'stop')]));
    expect(parts.at(-1)).toMatchObject({ generation: { text: 'b', reasoning: 'a' } });
  });
});

test('parses the arguments of a call once, however often its name is repeated [X22]', async () => {
  await expectLinear(async size => {
    const fragment = (text: string) =>
      delta({ tool_calls: [{ index: 0, function: { name: 'write', arguments: text } }] });
    const text = '}'.repeat(size);
    const stream = [fragment('{"text":"'), ...Array.from(text, fragment), fragment('"}'), delta({}, 'tool_calls')];
    const parts = await collect(inPieces(stream));
    expect(parts.at(-1)).toMatchObject({ generation: { toolCalls: [{ arguments: `{"text":"${text}"}` }] } });
  });
});

const deviations: readonly [string, (size: number) => string][] = [
  ['closing tags in one delta', size => delta({ content: '</think>a'.repeat(size) })],
  ['closing tags in many deltas', size => delta({ content: 'a</think>b' }).repeat(size)],
  ['starts of closing tags', size => delta({ content: '</thin' }).repeat(size)],
  ['whole messages', size => event({ choices: [{ delta: { content: 'a' }, message: { content: 'a' } }] }).repeat(size)],
  ['events separated by one line end', size => 'data: {"choices":[{"delta":{"content":"a"}}]}\n'.repeat(size)],
  ...['{}', '{"a":1}', '{'].flatMap((text): [string, (size: number) => string][] => [
    [
      `arguments that begin anew with ${text}`,
      size => delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: text } }] }).repeat(size),
    ],
    [
      `arguments that repeat ${text} without a name`,
      size =>
        delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] }) +
        delta({ tool_calls: [{ index: 0, function: { arguments: text } }] }).repeat(size),
    ],
    [
      `arguments of ${text} side by side`,
      size => delta({ tool_calls: [{ index: 0, function: { name: 'f', arguments: text.repeat(size) } }] }),
    ],
  ]),
];

test.each(deviations)('decodes %s in linear time [W3] [W14] [W15] [W16]', async (_name, stream) => {
  await expectLinear(async size => {
    const parts = await collect(inPieces([stream(size / 8), delta({}, 'stop')]));
    expect(parts.at(-1)?.type).toBe('finish');
  });
});

const streams: readonly [string, (size: number) => string][] = [
  ['one long line', size => `data: ${'x'.repeat(size)}`],
  ['data lines of one character', size => 'data: x\n'.repeat(size / 8)],
  ['one JSON object', size => `{"x":"${'x'.repeat(size)}`],
];

test.each(streams)(
  'holds %s that arrives byte by byte in about as much memory as its length [X5]',
  async (_n, text) => {
    const size = 400_000;
    let held = 0;
    async function* bytewise(): AsyncGenerator<Uint8Array> {
      const bytes = bytesOf(text(size));
      const before = heapAfterCollection();
      for (let at = 0; at < bytes.length; at += 1) yield bytes.subarray(at, at + 1);
      held = heapAfterCollection() - before;
    }
    await failure(collect(bytewise()));
    expect(held / size).toBeLessThan(8);
  },
);

test('rejects an endless line at the limit, without waiting for the end of the stream [X5]', async () => {
  let sent = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      sent += 100;
      yield bytesOf('x'.repeat(100));
    }
  }
  const error = await failure(collect(endless(), { maxEventLength: 10_000 }));
  expect(error).toSatisfy(ProtocolError.isInstance);
  expect(sent).toBeLessThan(11_000);
});

test('lets the event loop run while it decodes a large chunk of a stream [X1]', async () => {
  const deltas = delta({ content: 'x'.repeat(1000) }).repeat(2000);
  const piece = bytesOf(deltas + delta({}, 'stop'));
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 0);
  async function* once(): AsyncGenerator<Uint8Array> {
    yield piece;
  }
  for await (const part of decodeEvents(once(), {})) if (part.type === 'finish') break;
  clearInterval(timer);
  expect(turns).toBeGreaterThanOrEqual(5);
});

const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

test.each([
  ['an error body', `{"error":{"message":"no","details":${deep}}}`],
  ['a body that is no turn', `{"choices":${deep}}`],
  ['a bare list', deep],
])('converts %s that is nested 100,000 levels deep to a Crew error [X10]', (_name, body) => {
  const thrown = [() => decodeTurn(JSON.parse(body)), () => toResponseError(decodeError(JSON.parse(body), 401))].map(
    run => {
      try {
        return run();
      } catch (error) {
        return error;
      }
    },
  );
  for (const error of thrown) expect(ProtocolError.isInstance(error) || ResponseError.isInstance(error)).toBe(true);
});

test('throws a ProtocolError for tool arguments that are an object nested 100,000 levels deep [X10]', async () => {
  const call = `{"id":"a","function":{"name":"f","arguments":{"x":${deep}}}}`;
  expect(() => decodeTurn(JSON.parse(`{"choices":[{"message":{"tool_calls":[${call}]}}]}`))).toThrow(
    /nested more than 512 levels deep/,
  );
  const stream = event(`{"choices":[{"index":0,"delta":{"tool_calls":[${call}]}}]}`);
  expect(await failure(collect(inPieces([stream])))).toSatisfy(ProtocolError.isInstance);
});

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
