import { AbortError, Agent, ConfigurationError, Crew, Task } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { turns } from '../event-loop.ts';
import { Journal } from '../journal.ts';
import { counted, lastText, ScriptedLLM, untilAborted } from '../scripted-llm.ts';

/** Returns a crew that explains a topic and fails for "bad". */
function explainers(delay: (topic: string) => Promise<void> = async () => undefined) {
  let running = 0;
  const seen = { most: 0 };
  const llm = new ScriptedLLM(async request => {
    running += 1;
    seen.most = Math.max(seen.most, running);
    try {
      const topic = /Explain (\w+)/.exec(lastText(request))?.[1] ?? '';
      await Promise.race([delay(topic), untilAborted(request.signal)]);
      if (topic === 'bad') throw new Error('no idea');
      return counted(`${topic} explained`);
    } finally {
      running -= 1;
    }
  });
  const agent = new Agent({ role: 'Expert', goal: 'Explain', backstory: 'Long', llm, maxRetryLimit: 0 });
  const crew = new Crew({ tasks: [new Task({ description: 'Explain {topic}', expectedOutput: 'It', agent })] });
  return { crew, llm, seen };
}

const topics = (...names: string[]) => names.map(topic => ({ topic }));

describe('kickoffForEach', () => {
  it('resolves to each output or error, in order', async () => {
    const { crew } = explainers();
    const results = await crew.kickoffForEach([...topics('bees', 'bad'), {}, ...topics('cats')]);
    expect(results).toMatchObject([
      { ok: true, inputs: { topic: 'bees' }, output: { raw: 'bees explained', usage: { inputTokens: 10 } } },
      {
        ok: false,
        inputs: { topic: 'bad' },
        error: { message: expect.stringMatching(/^Task .* failed: The model turn failed: no idea$/) },
      },
      { ok: false, inputs: {}, error: expect.any(ConfigurationError) },
      { ok: true, inputs: { topic: 'cats' }, output: { raw: 'cats explained' } },
    ]);
  });

  it('keeps the order whichever run ends first', async () => {
    const { crew } = explainers(topic => turns(topic === 'slow' ? 20 : 1));
    const results = await crew.kickoffForEach(topics('slow', 'a', 'b'), { concurrency: 3 });
    expect(results.map(result => result.ok && result.output.raw)).toEqual([
      'slow explained',
      'a explained',
      'b explained',
    ]);
  });

  it.each([
    [undefined, 1],
    [1, 1],
    [3, 3],
    [100, 6],
  ])('honours concurrency %o by running %i items at once', async (concurrency, most) => {
    const { crew, seen } = explainers(() => turns(2));
    const results = await crew.kickoffForEach(topics('a', 'b', 'c', 'd', 'e', 'f'), { concurrency });
    expect(seen.most).toBe(most);
    expect(results.every(({ ok }) => ok)).toBe(true);
  });

  it('resolves to an empty list for an empty list', async () => {
    expect(await explainers().crew.kickoffForEach([])).toEqual([]);
  });

  it('keeps finished results when cancelled, cancels running ones and starts no more', async () => {
    const controller = new AbortController();
    const { crew, llm } = explainers(topic => {
      if (topic !== 'b') return Promise.resolve();
      queueMicrotask(() => controller.abort());
      return new Promise(() => undefined);
    });
    const results = await crew.kickoffForEach(topics('a', 'b', 'c'), { signal: controller.signal });
    expect(results.map(({ ok }) => ok)).toEqual([true, false, false]);
    for (const result of results.slice(1)) expect(result).toMatchObject({ error: expect.any(AbortError) });
    expect(llm.requests).toHaveLength(2);
  });

  it('separates the steps of the runs by a prefix', async () => {
    const steps = new Journal();
    const { crew } = explainers();
    await crew.kickoffForEach(topics('a', 'b'), { steps, stepPrefix: 'mine/' });
    expect(steps.started).toEqual(['mine/item/1/task/1/turn/1', 'mine/item/2/task/1/turn/1']);
  });
});
