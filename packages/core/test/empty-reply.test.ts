import { Agent, type BaseLLM, Crew, CrewError, type CrewEvent, EmptyReplyError, runToolLoop, Task } from '@crew/core';
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
