import { type AssistantTurn, EmptyReplyError } from '@crew/core';
import { decodeTurn } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { ScriptedLLM } from '../scripted-llm.ts';
import { answer } from './answers.ts';
import { decode, finish } from './decoded-stream.ts';
import { DONE, delta, event } from './event-bytes.ts';

const counts: readonly [string, object, NonNullable<AssistantTurn['usage']>][] = [
  [
    'xAI, which counts reasoning beside the reply',
    {
      prompt_tokens: 32,
      completion_tokens: 9,
      total_tokens: 135,
      prompt_tokens_details: { cached_tokens: 6 },
      completion_tokens_details: { reasoning_tokens: 94 },
    },
    { inputTokens: 32, outputTokens: 103, cachedInputTokens: 6, reasoningTokens: 94 },
  ],
  [
    'a server that counts reasoning beside the reply, without a total',
    { prompt_tokens: 32, completion_tokens: 9, reasoning_tokens: 94 },
    { inputTokens: 32, outputTokens: 103, reasoningTokens: 94 },
  ],
  [
    'Gemini, which counts thinking only in the total',
    { prompt_tokens: 10, completion_tokens: 5, total_tokens: 115 },
    { inputTokens: 10, outputTokens: 105, reasoningTokens: 100 },
  ],
  ['Gemini, cut off while thinking', { prompt_tokens: 10, total_tokens: 110 }, { inputTokens: 10, outputTokens: 100 }],
  [
    'OpenAI, which counts reasoning in the reply',
    {
      prompt_tokens: 10,
      completion_tokens: 50,
      total_tokens: 60,
      completion_tokens_details: { reasoning_tokens: 40 },
    },
    { inputTokens: 10, outputTokens: 50, reasoningTokens: 40 },
  ],
  [
    'DeepSeek',
    { prompt_tokens: 20, completion_tokens: 5, prompt_cache_hit_tokens: 15, prompt_cache_miss_tokens: 5 },
    { inputTokens: 20, outputTokens: 5, cachedInputTokens: 15 },
  ],
  [
    'Moonshot',
    { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25, cached_tokens: 15 },
    { inputTokens: 20, outputTokens: 5, cachedInputTokens: 15 },
  ],
  [
    'OpenRouter',
    {
      prompt_tokens: 20,
      completion_tokens: 5,
      total_tokens: 25,
      prompt_tokens_details: { cached_tokens: 8, cache_write_tokens: 7 },
    },
    { inputTokens: 20, outputTokens: 5, cachedInputTokens: 8, cacheWriteInputTokens: 7 },
  ],
  [
    'Anthropic behind a proxy, which counts the cache beside the prompt',
    { input_tokens: 20, output_tokens: 5, cache_read_input_tokens: 8, cache_creation_input_tokens: 7 },
    { inputTokens: 35, outputTokens: 5, cachedInputTokens: 8, cacheWriteInputTokens: 7 },
  ],
  [
    'Anthropic behind a proxy, which counts the cache only in the total',
    { prompt_tokens: 20, completion_tokens: 5, total_tokens: 33, cache_read_input_tokens: 8 },
    { inputTokens: 28, outputTokens: 5, cachedInputTokens: 8 },
  ],
];

describe('token counts', () => {
  it.each(counts)('are those of %s, in a response and in a stream [W26]', async (_server, usage, counted) => {
    expect(decodeTurn({ ...answer({ content: 'a' }), usage }).usage).toEqual(counted);
    const parts = await decode(delta({ content: 'a' }, 'stop'), event({ choices: [], usage }), DONE);
    expect(finish(parts).usage).toEqual(counted);
  });

  it('are read from the choice, where Kimi sends them, and from the object of Groq [W26]', async () => {
    const usage = { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 };
    const counted = { inputTokens: 20, outputTokens: 5 };
    const last = event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage }] });
    expect(finish(await decode(delta({ content: 'a' }), last, DONE)).usage).toEqual(counted);
    const groq = event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], x_groq: { id: 'r', usage } });
    expect(finish(await decode(delta({ content: 'a' }), groq, DONE)).usage).toEqual(counted);
    expect(decodeTurn({ choices: [{ message: { content: 'a' }, usage }] }).usage).toEqual(counted);
  });

  it('of cache writes are added up and survive in an error [W26]', async () => {
    const usage = { inputTokens: 9, outputTokens: 1, cacheWriteInputTokens: 4 };
    const llm = new ScriptedLLM([
      { text: 'a', usage },
      { text: 'b', usage },
    ]);
    await llm.generate('?');
    await llm.generate('?');
    expect(llm.usage).toEqual({ inputTokens: 18, outputTokens: 2, cacheWriteInputTokens: 8 });
    const error = new EmptyReplyError('empty', { turnUsage: usage });
    expect(EmptyReplyError.fromJSON(error.toJSON())).toMatchObject({ turnUsage: usage });
  });
});
