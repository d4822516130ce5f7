import { AbortError, Agent, Crew, type CrewEvent, Task, tool } from '@crew/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAnsweredOnce } from '../answered-once.ts';
import { InFlight, ticks } from '../in-flight.ts';
import { Journal } from '../journal.ts';
import { callsTo, ScriptedLLM, untilAborted } from '../scripted-llm.ts';

const usage = { inputTokens: 1, outputTokens: 1 };

/** How a crew is laid out, and how slow its tasks are. */
interface Layout {
  readonly tasks: readonly {
    readonly async: boolean;
    readonly delay: number;
    readonly uses: readonly number[] | undefined;
    readonly skipped: boolean;
  }[];
}

const layout: fc.Arbitrary<Layout> = fc.record({
  tasks: fc.array(
    fc.record({
      async: fc.boolean(),
      delay: fc.nat(6),
      uses: fc.option(fc.array(fc.nat(5), { maxLength: 3 }), { nil: undefined }),
      skipped: fc.integer({ min: 0, max: 5 }).map(number => number === 0),
    }),
    { minLength: 1, maxLength: 6 },
  ),
});

/** A crew in which task `i` uses a tool once and answers "<topic>-<i>". */
function build({ tasks }: Layout) {
  const inFlight = new InFlight();
  const llm = new ScriptedLLM(async ({ messages, signal, tools }) => {
    const text = JSON.stringify(messages);
    const [, number = '', topic = ''] = /Do task (\d+) on (\w+)/.exec(text) ?? [];
    const { delay = 0 } = tasks[Number(number)] ?? {};
    await inFlight.during(signal, () => Promise.race([ticks(delay), untilAborted(signal)]));
    if (messages.at(-1)?.role === 'tool' || tools === undefined) return { text: `${topic}-${number}`, usage };
    return { ...callsTo(['look', { topic }]), usage };
  });
  const look = tool({
    name: 'look',
    description: 'Looks.',
    parameters: { type: 'object', properties: { topic: { type: 'string' } } },
    execute: ({ topic }, { signal }) =>
      inFlight.during(signal, async () => {
        await ticks(2);
        return `found ${topic}`;
      }),
  });
  const agent = new Agent({ role: '{topic} expert', goal: 'Explain', backstory: 'Long', llm, tools: [look] });
  const made: Task[] = [];
  for (const [index, { async, uses, skipped }] of tasks.entries()) {
    made.push(
      new Task({
        description: `Do task ${index} on {topic}`,
        expectedOutput: 'It',
        agent,
        asyncExecution: async,
        context: uses && [...new Set(uses)].flatMap(number => made.slice(0, index)[number] ?? []),
        condition: skipped ? () => false : undefined,
      }),
    );
  }
  return { crew: new Crew({ tasks: made }), llm, inFlight };
}

describe('a crew kicked off twice at once', () => {
  it('mixes nothing: neither inputs, nor contexts, nor usage, nor events', async () => {
    await fc.assert(
      fc.asyncProperty(layout, async plan => {
        const { crew, llm } = build(plan);
        const topics = ['bees', 'cats', 'dogs'];
        const events = topics.map((): CrewEvent[] => []);
        const outputs = await Promise.all(
          topics.map((topic, index) =>
            crew.kickoff({ inputs: { topic }, callbacks: [event => void events[index]?.push(event)] }),
          ),
        );
        const done = plan.tasks.filter(({ skipped }) => !skipped).length;
        for (const [index, topic] of topics.entries()) {
          const output = outputs[index];
          expect(output?.tasks.map(task => [task.skipped, task.raw])).toEqual(
            plan.tasks.map(({ skipped }, number) => [skipped, skipped ? '' : `${topic}-${number}`]),
          );
          expect(output?.usage.inputTokens).toBe(done * 2);
          const others = topics.filter(other => other !== topic);
          for (const other of others) expect(JSON.stringify([output, events[index]])).not.toContain(other);
          for (const task of output?.tasks ?? []) expectAnsweredOnce(task.messages);
          const ids = new Set(events[index]?.map(({ runId }) => runId));
          expect(events[index]?.every(({ parentId }) => parentId === undefined || ids.has(parentId))).toBe(true);
        }
        expect(llm.usage.inputTokens).toBe(done * 2 * topics.length);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the contexts of a crew', () => {
  it('depend on its layout alone, not on which task finishes first', async () => {
    await fc.assert(
      fc.asyncProperty(layout, fc.array(fc.nat(6), { minLength: 6, maxLength: 6 }), async (plan, delays) => {
        const told = async (laidOut: Layout) => {
          const { crew } = build(laidOut);
          const output = await crew.kickoff({ inputs: { topic: 'bees' } });
          return output.tasks.map(({ messages }) => messages[1]?.content);
        };
        const other = { tasks: plan.tasks.map((task, index) => ({ ...task, delay: delays[index] ?? 0 })) };
        expect(await told(other)).toEqual(await told(plan));
      }),
      { numRuns: 60 },
    );
  });
});

describe('a crew aborted at any moment', () => {
  it('ends, with all that was in flight, and nothing of it goes on', async () => {
    await fc.assert(
      fc.asyncProperty(layout, fc.nat(150), async (plan, abortAfter) => {
        const { crew, inFlight } = build(plan);
        const controller = new AbortController();
        const outcome = crew.kickoff({ inputs: { topic: 'bees' }, signal: controller.signal }).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        await ticks(abortAfter);
        const [waiting, begun] = [[...inFlight.signals], inFlight.started];
        controller.abort();
        const thrown = await outcome;
        if (thrown !== undefined) expect(thrown).toBeInstanceOf(AbortError);
        expect(waiting.every(({ aborted }) => aborted)).toBe(true);
        await ticks(100);
        expect([inFlight.signals.size, inFlight.started]).toEqual([0, begun]);
      }),
      { numRuns: 150 },
    );
  });

  it('by leaving its stream, too', async () => {
    await fc.assert(
      fc.asyncProperty(layout, fc.nat(40), async (plan, leaveAfter) => {
        const { crew, inFlight } = build(plan);
        let told = 0;
        for await (const _event of crew.stream({ inputs: { topic: 'bees' } })) {
          told += 1;
          if (told > leaveAfter) break;
        }
        // The loop has ended: so has the work.
        const { started: begun } = inFlight;
        await ticks(100);
        expect([inFlight.signals.size, inFlight.started]).toEqual([0, begun]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a crew with steps', () => {
  it('replayed gives the same result; cut off anywhere and resumed, too', async () => {
    await fc.assert(
      fc.asyncProperty(layout, fc.nat(30), async (plan, keep) => {
        const inputs = { topic: 'bees' };
        const first = new Journal();
        const output = await build(plan).crew.kickoff({ inputs, steps: first });
        const replay = new Journal(first);
        const again = await build(plan).crew.kickoff({ inputs, steps: replay });
        expect(again).toEqual(output);
        expect(replay.performed).toEqual([]);
        const recorded = new Map([...first.steps].slice(0, keep));
        const rest = new Journal({ steps: recorded, ids: [] });
        expect(await build(plan).crew.kickoff({ inputs, steps: rest })).toEqual(output);
        expect(new Set([...recorded.keys(), ...rest.performed])).toEqual(new Set(first.started));
      }),
      { numRuns: 60 },
    );
  });
});
