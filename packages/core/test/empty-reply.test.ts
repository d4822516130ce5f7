import {
  Agent,
  type BaseLLM,
  Crew,
  CrewError,
  type CrewEvent,
  EmptyReplyError,
  runToolLoop,
  Task,
  tool,
} from '@crew/core';
import { describe, expect, it } from 'vitest';
import { Journal } from './journal.ts';
import { callsTo, counted, ScriptedLLM } from './scripted-llm.ts';
import { VirtualClock } from './virtual-clock.ts';

const persona = { role: 'Clerk', goal: 'Answer', backstory: 'You answer letters.' };
const spent = { inputTokens: 10, outputTokens: 7 };
const empty = { text: '', finishReason: 'length', usage: spent } as const;

async function toEnd(llm: BaseLLM, callbacks: ((event: CrewEvent) => void)[]): Promise<void> {
  for await (const _part of llm.stream('Hi', { callbacks }));
}

describe('token usage of an empty reply', () => {
  it.each([
    ['generated', (llm: BaseLLM, callbacks: ((event: CrewEvent) => void)[]) => llm.generate('Hi', { callbacks })],
    ['streamed', toEnd],
  ])('the token usage of an empty reply, %s, is counted by the LLM and part of the error', async (_how, ask) => {
    const llm = new ScriptedLLM([empty]);
    const events: string[] = [];
    const error = await ask(llm, [event => events.push(event.type)]).catch((thrown: unknown) => thrown);
    if (!EmptyReplyError.isInstance(error)) throw error;
    expect(llm.usage).toEqual(spent);
    expect(error.turnUsage).toEqual(spent);
    expect(events).toEqual(['turn-start', 'turn-error']);
  });

  it("the token usage of an empty reply is restored from the error's JSON", () => {
    const usage = { ...spent, reasoningTokens: 7, cachedInputTokens: 3 };
    for (const turnUsage of [undefined, spent, usage]) {
      const error = new EmptyReplyError('Nothing.', { turnUsage });
      const back = CrewError.fromJSON(JSON.parse(JSON.stringify(error)));
      expect(EmptyReplyError.isInstance(back) && back.turnUsage).toEqual(turnUsage);
    }
  });

  it('the token usage of an empty reply is part of the run that asks again, and of its error', async () => {
    const llm = new ScriptedLLM([empty, counted('Done.')]);
    const { usage } = await runToolLoop(llm, { messages: 'Go', retryTurn: async () => true });
    expect(usage).toEqual({ inputTokens: 20, outputTokens: 8 });
    expect(llm.usage).toEqual(usage);
    const ended = runToolLoop(new ScriptedLLM([{ ...callsTo(['look', {}]), usage: spent }, empty]), { messages: 'Go' });
    await expect(ended).rejects.toMatchObject({ usage: { inputTokens: 20, outputTokens: 14 } });
  });

  it("the token usage of an empty reply is part of the crew's, live or replayed", async () => {
    const kickoff = async (llm: BaseLLM, steps: Journal) => {
      const agent = new Agent({ ...persona, llm });
      const task = new Task({ description: 'Answer.', expectedOutput: 'A letter', agent });
      const clock = new VirtualClock();
      const { usage } = await new Crew({ agents: [agent], tasks: [task], clock }).kickoff({ steps });
      return usage;
    };
    const llm = new ScriptedLLM([empty, counted('Dear Sir.')]);
    const journal = new Journal();
    expect(await kickoff(llm, journal)).toEqual({ inputTokens: 20, outputTokens: 8 });
    expect(await kickoff(new ScriptedLLM([]), new Journal(journal))).toEqual({ inputTokens: 20, outputTokens: 8 });
  });
});

describe('reply that was cut inside the reasoning', () => {
  const cut = { text: '', reasoning: 'The form says', finishReason: 'stop', usage: spent } as const;
  const whole = { text: 'It is 42.END more', reasoning: 'All.', finishReason: 'stop', usage: spent } as const;

  it('is requested again without stop words, generated [W6]', async () => {
    const llm = new ScriptedLLM([cut, whole], { stop: ['END'] });
    const { text, reasoning, usage } = await llm.generate('Hi');
    expect([text, reasoning]).toEqual(['It is 42.', 'All.']);
    expect(llm.requests.map(({ stop }) => stop)).toEqual([['END'], []]);
    expect(usage).toEqual({ inputTokens: 20, outputTokens: 14 });
    expect(llm.usage).toEqual(usage);
  });

  it('is requested again without stop words, streamed [W6]', async () => {
    const llm = new ScriptedLLM([cut, whole], { stop: ['END'] });
    let text = '';
    for await (const part of llm.stream('Hi')) {
      if (part.type === 'text') text += part.text;
      if (part.type === 'finish') expect(part.generation.text).toBe('It is 42.');
    }
    expect(text).toBe('It is 42.');
    expect(llm.requests.map(({ stop }) => stop)).toEqual([['END'], []]);
    // A stream that is cut reports no usage of its last request.
    expect(llm.usage).toEqual(spent);
  });

  it('is requested again in a run of the text protocol, which is not cut inside a thought [W6]', async () => {
    const llm = new ScriptedLLM([cut, { text: 'Final Answer: 42', finishReason: 'stop' }], { functionCalling: false });
    const look = tool({ name: 'look', description: 'Looks.', parameters: { type: 'object' }, execute: () => 'seen' });
    expect((await runToolLoop(llm, { messages: 'Go', tools: [look] })).text).toBe('42');
    expect(llm.requests.map(({ stop }) => stop)).toEqual([['\nObservation:'], []]);
  });

  it.each([
    ['twice', [cut, cut], 2, ['END']],
    ['without stop words in the request', [cut], 1, []],
    ['by its length', [{ ...cut, finishReason: 'length' } as const], 1, ['END']],
  ])('is an EmptyReplyError (%s)', async (_case, script, count, stop) => {
    const llm = new ScriptedLLM(script, { stop });
    const error = await llm.generate('Hi').catch((thrown: unknown) => thrown);
    if (!EmptyReplyError.isInstance(error)) throw error;
    expect(llm.requests).toHaveLength(count);
    expect(error.turnUsage).toEqual({ inputTokens: 10 * count, outputTokens: 7 * count });
  });
});
