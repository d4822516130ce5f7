import { type AssistantTurn, BaseLLM, type StreamPart } from '@crew/core';
import { decodeTurn } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { answer } from './answers.ts';
import { decode, finish, text } from './decoded-stream.ts';
import { DONE, delta } from './event-bytes.ts';

class HandWrittenLLM extends BaseLLM {
  readonly #replies: unknown[];

  constructor(...replies: unknown[]) {
    super();
    this.#replies = replies;
  }
  async call(): Promise<string | AssistantTurn> {
    return this.#replies.shift() as string;
  }
  supportsFunctionCalling(): boolean {
    return false;
  }
  supportsStopWords(): boolean {
    return false;
  }
  getContextWindowSize(): number {
    return Number.POSITIVE_INFINITY;
  }
}

const replies: readonly [string, string, string, string][] = [
  ['a missing opening tag', 'The value may be 50.\n</think>\n67.5', '67.5', 'The value may be 50.\n'],
  ['<thinking> tags', '<thinking>draft</thinking>67.5', '67.5', 'draft'],
  ['<thought> tags', '\n<thought>draft</thought>\n\n67.5', '67.5', 'draft'],
  ['[THINK] tags', '[THINK]draft[/THINK]67.5', '67.5', 'draft'],
  ['a second block', '<think>a</think>\n<think>b</think>\n67.5', '67.5', 'ab'],
  ['a second block behind text', '<think>a</think>draft<think>b</think>67.5', '67.5', 'adraftb'],
  ['text before the block', 'Well. <think>b</think>67.5', '67.5', 'Well. b'],
  ['a second closing tag', '<think>a</think>draft</thought> 67.5', '67.5', 'adraft'],
  ['nothing behind the reasoning', 'I should look it up.</think>\n', '', 'I should look it up.'],
  ['a second block without an end', '<think>a</think>\n<think>b', '', 'ab'],
  ['a quoted closing tag', '<think>a</think>End it with `</think>`, please.', 'End it with `</think>`, please.', 'a'],
  ['a quote before the closing tag', 'It is "50"</think>67.5', '67.5', 'It is "50"'],
];

describe('reasoning in the text', () => {
  it.each(replies)('is separated from a response with %s [W3]', (_what, content, rest, reasoning) => {
    expect(decodeTurn(answer({ content }))).toMatchObject({ text: rest, reasoning });
  });

  it.each(replies)(
    'is separated from a stream with %s, however it is split [W3]',
    async (_what, content, rest, why) => {
      const whole = await decode(delta({ content }), DONE);
      expect(finish(whole)).toMatchObject({ text: rest, reasoning: why });
      expect(text(whole)).toBe(rest);
      for (let size = 1; size < content.length; size += 1) {
        const pieces = content.match(new RegExp(`.{1,${size}}`, 'gs')) ?? [];
        const parts = await decode(...pieces.map(piece => delta({ content: piece })), DONE);
        expect(finish(parts)).toMatchObject({ text: rest, reasoning: why });
      }
    },
  );

  it('is not streamed as text behind the closing tag that reveals it [W3]', async () => {
    const pieces = ['It may ', 'be 50.</thi', 'nk>\n', '67.5'];
    const parts = await decode(...pieces.map(content => delta({ content })), DONE);
    expect(parts.slice(0, -1)).toEqual<StreamPart[]>([
      { type: 'text', text: 'It may ' },
      { type: 'text', text: 'be 50.' },
      { type: 'text', text: '67.5' },
    ]);
    expect(finish(parts).text).toBe('67.5');
  });

  it('is separated from the text that a hand-written call() returns [C5]', async () => {
    for (const [, content, rest, reasoning] of replies.filter(reply => reply[2] !== '')) {
      const llm = new HandWrittenLLM(content, { text: content });
      expect(await llm.generate('?')).toMatchObject({ text: rest, reasoning });
      expect(await llm.generate('?')).toMatchObject({ text: rest, reasoning });
    }
  });

  it('is separated from the string of a hand-written call() before an object is read from it [C5]', async () => {
    const llm = new HandWrittenLLM('The value may be {"height":50}\n</think>\n{"height":67.5}');
    const schema = { type: 'object', properties: { height: { type: 'number' } }, required: ['height'] };
    expect((await llm.generateObject('?', schema)).object).toEqual({ height: 67.5 });
  });

  it('is left alone if a hand-written call() returns reasoning of its own [C5]', async () => {
    const llm = new HandWrittenLLM({ text: 'Close it with </think>.', reasoning: 'r' });
    expect(await llm.generate('?')).toMatchObject({ text: 'Close it with </think>.', reasoning: 'r' });
  });
});

describe('a turn of a hand-written call() without a text', () => {
  it.each([
    ['null', { text: null, toolCalls: [] }],
    ['missing', { toolCalls: [] }],
    ['of type object', { text: ['a'] }],
  ])('is an error that says that a text that is %s must be a string [W28]', async (found, reply) => {
    const error = await new HandWrittenLLM(reply).generate('?').catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('text must be a string');
    expect(String(error)).toContain(found);
  });
});
