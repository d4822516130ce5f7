import { AbortError, type Message, runToolLoop, type TurnRequest, tool } from '@crew/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callsTo, ScriptedLLM } from '../scripted-llm.ts';

/** A model that serves many runs. Each run counts to the number in its task, independently of the others. */
class Counter extends ScriptedLLM {
  readonly #ticks: (index: number) => number;
  #turns = 0;

  constructor(functionCalling: boolean, contextWindow: number, ticks: (index: number) => number) {
    super([], { functionCalling, contextWindow });
    this.#ticks = ticks;
  }

  override async respond(request: TurnRequest) {
    this.#turns += 1;
    for (let tick = this.#ticks(this.#turns); tick > 0; tick -= 1) await undefined;
    const text = JSON.stringify(request.messages);
    const [, run, goal] = /run (\w+): count to (\d+)/.exec(text) ?? [];
    const foreign = [...text.matchAll(/counted (\w+) (\d+)/g)].filter(([, name]) => name !== run);
    if (foreign.length > 0) throw new Error('A run sees another one.');
    const counted = Math.max(0, ...[...text.matchAll(/counted \w+ (\d+)/g)].map(([, number]) => Number(number)));
    if (String(request.messages[0]?.content).includes('Reply with the summary only'))
      return { text: `counted ${run} ${counted}` };
    if (counted >= Number(goal)) return { text: this.#say(`${run} is done at ${counted}`) };
    const input = { run, number: counted + 1 };
    if (this.supportsFunctionCalling()) return callsTo(['count', input]);
    return { text: `Action: count\nAction Input: ${JSON.stringify(input)}` };
  }

  #say(answer: string): string {
    return this.supportsFunctionCalling() ? answer : `Final Answer: ${answer}`;
  }
}

const count = tool({
  name: 'count',
  description: 'Counts.',
  parameters: { type: 'object', properties: { run: { type: 'string' }, number: { type: 'number' } } },
  execute: async ({ run, number }) => {
    for (let tick = Number(number) % 3; tick > 0; tick -= 1) await undefined;
    return `counted ${run} ${number} ${'.'.repeat(400)}`;
  },
});

function expectAnswered(messages: readonly Message[]): void {
  const asked = messages.flatMap(message => (message.role === 'assistant' ? (message.toolCalls ?? []) : []));
  const answered = messages.flatMap(message => (message.role === 'tool' ? [message.toolCallId] : []));
  expect(answered).toEqual(asked.map(({ id }) => id));
}

describe.each([true, false])('concurrent runs on one LLM, function calling %s', functionCalling => {
  it('keeps concurrent runs apart, even while their conversations are summarised', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(15), { minLength: 2, maxLength: 6 }),
        fc.infiniteStream(fc.nat(4)),
        async (goals, ticks) => {
          const llm = new Counter(functionCalling, 1_200, () => ticks.next().value ?? 0);
          const runs = await Promise.all(
            goals.map((goal, index) =>
              runToolLoop(llm, { messages: `run r${index}: count to ${goal}`, tools: [count], maxToolRounds: 40 }),
            ),
          );
          for (const [index, { text, messages, toolCalls }] of runs.entries()) {
            expect(text).toBe(`r${index} is done at ${goals[index]}`);
            expect(toolCalls).toBe(goals[index]);
            expectAnswered(messages);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('ends each of many concurrent runs by itself when it is cancelled at any moment', async () => {
    const run = fc.record({
      goal: fc.integer({ min: 1, max: 12 }),
      abortAt: fc.option(fc.nat(60), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(run, { minLength: 2, maxLength: 5 }), async plans => {
        const llm = new Counter(functionCalling, 1_200, index => index % 4);
        await Promise.all(
          plans.map(async ({ goal, abortAt }, index) => {
            const controller = new AbortController();
            let events = 0;
            const running = runToolLoop(llm, {
              messages: `run r${index}: count to ${goal}`,
              tools: [count],
              signal: controller.signal,
              callbacks: [
                () => {
                  events += 1;
                  if (events === abortAt) controller.abort();
                },
              ],
            });
            const messages = await running.then(
              result => {
                expect(result.text).toBe(`r${index} is done at ${goal}`);
                return result.messages;
              },
              error => {
                expect(AbortError.isInstance(error) && controller.signal.aborted).toBe(true);
                return error.messages as readonly Message[];
              },
            );
            expectAnswered(messages);
          }),
        );
      }),
      { numRuns: 60 },
    );
  });
});
