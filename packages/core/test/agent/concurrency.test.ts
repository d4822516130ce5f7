import {
  AbortError,
  Agent,
  type AssistantTurn,
  CrewError,
  type Message,
  Task,
  type TaskOutput,
  type TurnRequest,
  tool,
} from '@crew/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAnsweredOnce } from '../answered-once.ts';
import { InFlight, ticks } from '../in-flight.ts';
import { callsTo, ScriptedLLM, untilAborted } from '../scripted-llm.ts';

/** What a model does in one turn of a run: calls of tools, by how they end. */
type Call = 'good' | 'throws' | 'unknown' | 'hangs' | 'malformed';
type Turns = readonly (readonly Call[])[];

const nameOf = (messages: readonly Message[]): string => /<(\w+)>/.exec(JSON.stringify(messages))?.[1] ?? '';

/** A model that plays for each run, known by its `<name>`, the turns that are written for it. */
function player(
  plays: ReadonlyMap<string, { turns: Turns; delay: number }>,
  watch: (request: TurnRequest) => void = () => undefined,
  inFlight = new InFlight(),
) {
  return new ScriptedLLM(async (request): Promise<AssistantTurn> => {
    watch(request);
    const name = nameOf(request.messages);
    const play = plays.get(name);
    if (play === undefined) throw new Error(`No turns are written for "${name}".`);
    const round = request.messages.filter(({ role }) => role === 'assistant').length;
    await inFlight.during(request.signal, () => Promise.race([ticks(play.delay), untilAborted(request.signal)]));
    const usage = { inputTokens: 1, outputTokens: 1 };
    const calls = play.turns[round];
    if (calls === undefined || request.tools === undefined) return { text: `answer of ${name}`, usage };
    return {
      ...callsTo(
        ...calls.map((call): [string, unknown] => [
          call === 'unknown' ? 'nothing' : call,
          call === 'malformed' ? '{' : { name },
        ]),
      ),
      usage,
    };
  });
}

const parameters = { type: 'object', properties: { name: { type: 'string' } } } as const;

/** Tools that say for whom they ran. */
function toolsFor(delay: number, inFlight = new InFlight()) {
  const make = (name: Call, execute: (owner: string, signal: AbortSignal) => unknown) =>
    tool({
      name,
      description: `It ${name}.`,
      parameters,
      repeatable: true,
      execute: (input, { signal }) =>
        inFlight.during(signal, async () => {
          await ticks(delay);
          return execute(String(input['name']), signal);
        }),
    });
  return [
    make('good', owner => `result for ${owner}`),
    make('throws', owner => {
      throw new Error(`no result for ${owner}`);
    }),
    make('hangs', (_owner, signal) => untilAborted(signal)),
    make('malformed', () => 'never runs'),
  ];
}

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
const taskFor = (name: string) => ({ description: `Do <${name}>`, expectedOutput: 'It' });

const call = fc.constantFrom<Call>('good', 'throws', 'unknown', 'malformed');
const turns = fc.array(fc.array(call, { minLength: 1, maxLength: 4 }), { maxLength: 4 });
const play = fc.record({ turns, delay: fc.nat(8) });

describe('two tasks at once on one agent', () => {
  it('mix nothing: neither messages, nor results, nor usage', async () => {
    await fc.assert(
      fc.asyncProperty(play, play, fc.nat(6), async (left, right, delay) => {
        const plays = new Map([
          ['left', left],
          ['right', right],
        ]);
        const agent = new Agent({ ...persona, llm: player(plays), tools: toolsFor(delay), cache: true });
        const run = (name: string): Promise<TaskOutput> => new Task({ ...taskFor(name), agent }).execute();
        const outputs = await Promise.all([run('left'), run('right')]);
        for (const [index, [name, other]] of [
          ['left', 'right'],
          ['right', 'left'],
        ].entries()) {
          const output = outputs[index];
          expect(output?.raw).toBe(`answer of ${name}`);
          expect(JSON.stringify(output?.messages)).not.toContain(other);
          expect(output?.usage.inputTokens).toBe((plays.get(name ?? '')?.turns.length ?? 0) + 1);
          expectAnsweredOnce(output?.messages ?? []);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('one LLM under ten agents', () => {
  it('keeps apart what each says, its stop words, and what each costs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(play, { minLength: 10, maxLength: 10 }), fc.nat(6), async (list, delay) => {
        const plays = new Map(list.map((value, index) => [`agent${index}x`, value]));
        const stops = new Map<string, readonly string[]>();
        const llm = player(plays, request => stops.set(nameOf(request.messages), request.stop));
        const outputs = await Promise.all(
          [...plays.keys()].map(name => {
            const options = { ...persona, role: name, responseTemplate: `{{ .Response }}</${name}>` };
            const agent = new Agent({ ...options, llm, tools: toolsFor(delay) });
            return new Task({ ...taskFor(name), agent }).execute();
          }),
        );
        for (const [index, output] of outputs.entries()) {
          const name = `agent${index}x`;
          expect(output.raw).toBe(`answer of ${name}`);
          expect(stops.get(name)).toEqual([`</${name}>`]);
          expect(
            JSON.stringify(output.messages)
              .match(/agent\dx/g)
              ?.every(found => found === name),
          ).toBe(true);
          expectAnsweredOnce(output.messages);
        }
        const sum = outputs.reduce((total, { usage }) => total + usage.inputTokens, 0);
        expect(llm.usage.inputTokens).toBe(sum);
        expect(llm.stop).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

describe('an abort at any moment', () => {
  it('ends the run at once, aborts what is in flight, and leaves every call answered once', async () => {
    const anyCall = fc.constantFrom<Call>('good', 'throws', 'unknown', 'malformed', 'hangs');
    const anyTurns = fc.array(fc.array(anyCall, { minLength: 1, maxLength: 10 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(anyTurns, fc.nat(5), fc.nat(60), async (written, delay, abortAfter) => {
        const controller = new AbortController();
        const inFlight = new InFlight();
        const llm = player(new Map([['one', { turns: written, delay }]]), () => undefined, inFlight);
        const agent = new Agent({ ...persona, llm, tools: toolsFor(delay, inFlight) });
        const run = new Task({ ...taskFor('one'), agent }).execute({ signal: controller.signal });
        const settled = run.then(
          output => output.messages,
          (thrown: unknown) => {
            expect(thrown).toBeInstanceOf(AbortError);
            return CrewError.isInstance(thrown) ? (thrown.messages ?? []) : [];
          },
        );
        await ticks(abortAfter);
        const [waiting, begun] = [[...inFlight.signals], inFlight.started];
        controller.abort();
        expectAnsweredOnce(await settled);
        expect(waiting.every(({ aborted }) => aborted)).toBe(true);
        // Nothing begins afterwards, and what was under way has ended.
        await ticks(100);
        expect([inFlight.signals.size, inFlight.started]).toEqual([0, begun]);
      }),
      { numRuns: 150 },
    );
  });

  it('of one of two runs on one agent leaves the other alone', async () => {
    await fc.assert(
      fc.asyncProperty(play, play, fc.nat(40), async (left, right, abortAfter) => {
        const plays = new Map([
          ['left', left],
          ['right', right],
        ]);
        const controller = new AbortController();
        const agent = new Agent({ ...persona, llm: player(plays), tools: toolsFor(2) });
        const aborted = agent.executeTask(taskFor('left'), { signal: controller.signal }).catch(() => 'aborted');
        const kept = agent.executeTask(taskFor('right'));
        await ticks(abortAfter);
        controller.abort();
        expect(['answer of left', 'aborted']).toContain(await aborted);
        expect(await kept).toBe('answer of right');
      }),
      { numRuns: 60 },
    );
  });
});
