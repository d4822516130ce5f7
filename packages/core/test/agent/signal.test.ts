import { AbortError, Agent, type CrewEvent, RateLimitError, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { countedSignal } from '../listener-count.ts';
import { callsTo, counted, ScriptedLLM, untilAborted } from '../scripted-llm.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
const task = { description: 'Where is Emma?', expectedOutput: 'A shelf' };

describe('signal', () => {
  it('cancels the request in flight, and the error contains the conversation', async () => {
    const controller = new AbortController();
    let seen: AbortSignal | undefined;
    const llm = new ScriptedLLM(({ signal }) => {
      seen = signal;
      queueMicrotask(() => controller.abort());
      return untilAborted(signal);
    });
    const run = new Agent({ ...persona, llm }).executeTask(task, { signal: controller.signal });
    const error = await run.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ messages: [{ role: 'system' }, { role: 'user' }] });
    expect(seen?.aborted).toBe(true);
  });

  it('prevents all requests if it is already aborted', async () => {
    const llm = new ScriptedLLM(['never']);
    const run = new Agent({ ...persona, llm }).executeTask(task, { signal: AbortSignal.abort() });
    await expect(run).rejects.toBeInstanceOf(AbortError);
    expect(llm.requests).toHaveLength(0);
  });

  it('cancels the wait before a retry', async () => {
    const controller = new AbortController();
    const llm = new ScriptedLLM([new RateLimitError('busy', { status: 429, retryAfter: 60 })]);
    const callbacks = [
      (event: CrewEvent) => {
        if (event.type === 'turn-retry') queueMicrotask(() => controller.abort());
      },
    ];
    const run = new Agent({ ...persona, llm, callbacks }).executeTask(task, { signal: controller.signal });
    await expect(run).rejects.toBeInstanceOf(AbortError);
  });

  it('has no listener left after the run', async () => {
    const { controller, listeners } = countedSignal();
    const find = tool({
      name: 'find',
      description: 'Finds.',
      parameters: { type: 'object' },
      execute: () => 'shelf 1',
    });
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Emma' }]), counted('Shelf 1.')]);
    await new Agent({ ...persona, llm, tools: [find] }).executeTask(task, { signal: controller.signal });
    expect(listeners()).toBe(0);
  });
});
