import {
  AbortError,
  Agent,
  Crew,
  type CrewEvent,
  type CrewOptions,
  Task,
  type TaskOptions,
  type TaskOutput,
} from '@crew/core';
import { describe, expect, it } from 'vitest';
import { Journal } from '../journal.ts';
import { counted, lastText, ScriptedLLM, untilAborted } from '../scripted-llm.ts';

/** The description of the task that a request is about. */
function taskOf(request: { readonly messages: readonly { readonly content: unknown }[] }): string {
  return /Current Task: (.*)/.exec(String(request.messages.at(-1)?.content))?.[1] ?? '';
}

/** What the request tells of other tasks. */
function contextOf(llm: ScriptedLLM, description: string): string | undefined {
  const request = llm.requests.find(asked => taskOf(asked) === description);
  return lastText(request).split("This is the context you're working with:\n")[1];
}

/** Answers "<description> done". */
function echo() {
  return new ScriptedLLM(request => counted(`${taskOf(request)} done`));
}

function crewWith(
  llm: ScriptedLLM,
  make: (task: (description: string, options?: Partial<TaskOptions>) => Task) => Task[],
  options: Partial<CrewOptions> = {},
) {
  const agent = new Agent({ role: 'Librarian', goal: 'Find', backstory: 'Long', llm, maxRetryLimit: 0 });
  const tasks = make((description, settings) => new Task({ description, expectedOutput: 'It', agent, ...settings }));
  return new Crew({ tasks, ...options });
}

describe('a sequential crew', () => {
  it('does its tasks in order and gives the last output, and all', async () => {
    const output = await crewWith(echo(), task => [task('A'), task('B'), task('C')]).kickoff();
    expect(`${output}`).toBe('C done');
    expect(output.raw).toBe('C done');
    expect(output.tasks.map(String)).toEqual(['A done', 'B done', 'C done']);
    expect(output.usage).toEqual({ inputTokens: 30, outputTokens: 3 });
  });

  it("tells its own and its caller's callbacks, in one tree of spans", async () => {
    const own: CrewEvent[] = [];
    const given: CrewEvent[] = [];
    const crew = crewWith(echo(), task => [task('A'), task('B')], {
      name: 'Readers',
      callbacks: [event => void own.push(event)],
    });
    await crew.kickoff({ callbacks: [event => void given.push(event)] });
    expect(given).toEqual(own);
    const one = ['task-start', 'agent-start', 'turn-start', 'turn-finish', 'agent-finish', 'task-finish'];
    expect(own.map(({ type }) => type)).toEqual(['crew-start', ...one, ...one, 'crew-finish']);
    expect(own[0]).toMatchObject({ name: 'Readers', parentId: undefined });
    for (const event of own.filter(({ type }) => type.startsWith('task-'))) expect(event.parentId).toBe(own[0]?.runId);
    expect(own.at(-1)).toMatchObject({ output: 'B done', usage: { inputTokens: 20, outputTokens: 2 } });
  });

  it('streams its events, deltas included', async () => {
    const types: string[] = [];
    let last: CrewEvent | undefined;
    for await (const event of crewWith(echo(), task => [task('A'), task('B')]).stream()) {
      types.push(event.type);
      last = event;
    }
    expect(types.filter(type => type === 'turn-delta')).toHaveLength(4);
    expect(last).toMatchObject({ type: 'crew-finish', output: 'B done' });
  });

  it('is cancelled when its stream is left', async () => {
    let seen: AbortSignal | undefined;
    const llm = new ScriptedLLM(({ signal }) => {
      seen = signal;
      return untilAborted(signal);
    });
    for await (const event of crewWith(llm, task => [task('A')]).stream()) if (event.type === 'turn-start') break;
    expect(seen?.aborted).toBe(true);
  });

  it('stops at the first task that fails', async () => {
    const llm = new ScriptedLLM([counted('A done'), new Error('no line')]);
    const events: string[] = [];
    const crew = crewWith(llm, task => [task('A'), task('B'), task('C')]);
    await expect(crew.kickoff({ callbacks: [event => void events.push(event.type)] })).rejects.toThrow('no line');
    expect(llm.requests).toHaveLength(2);
    expect(events.slice(-3)).toEqual(['agent-error', 'task-error', 'crew-error']);
  });

  it('passes signal and authContext on', async () => {
    const llm = echo();
    const authContext = { tenant: 'a' };
    await crewWith(llm, task => [task('A'), task('B')]).kickoff({ authContext });
    expect(llm.requests.every(request => request.authContext === authContext)).toBe(true);
    const run = crewWith(llm, task => [task('A')]).kickoff({ signal: AbortSignal.abort() });
    await expect(run).rejects.toBeInstanceOf(AbortError);
    expect(llm.requests).toHaveLength(2);
  });

  it('can be kicked off again', async () => {
    const llm = echo();
    const crew = crewWith(llm, task => [task('A'), task('B')]);
    const [first, second] = [await crew.kickoff(), await crew.kickoff()];
    expect(second).toEqual(first);
    expect(llm.requests[2]?.messages).toEqual(llm.requests[0]?.messages);
  });
});

describe('the context of a task', () => {
  it('is all earlier outputs when unset, with a visible divider', async () => {
    const llm = echo();
    await crewWith(llm, task => [task('A'), task('B'), task('C')]).kickoff();
    expect(contextOf(llm, 'A')).toBeUndefined();
    expect(contextOf(llm, 'B')).toBe('A done');
    expect(contextOf(llm, 'C')).toBe('A done\n\n----------\n\nB done');
  });

  it('is none with an empty list', async () => {
    const llm = echo();
    await crewWith(llm, task => [task('A'), task('B', { context: [] })]).kickoff();
    expect(contextOf(llm, 'B')).toBeUndefined();
  });

  it('is those of a list, in its order', async () => {
    const llm = echo();
    await crewWith(llm, task => {
      const [a, b, c] = [task('A'), task('B'), task('C')];
      return [a, b, c, task('D', { context: [c, a] })];
    }).kickoff();
    expect(contextOf(llm, 'D')).toBe('C done\n\n----------\n\nA done');
  });
});

describe('an asynchronous task', () => {
  /** A model that answers a task when the test says so. */
  function gated() {
    const gates = new Map<string, PromiseWithResolvers<void>>();
    const gate = (description: string) => {
      const known = gates.get(description) ?? Promise.withResolvers<void>();
      gates.set(description, known);
      return known;
    };
    const llm = new ScriptedLLM(async request => {
      const description = taskOf(request);
      await Promise.race([gate(description).promise, untilAborted(request.signal)]);
      return counted(`${description} done`);
    });
    const asked = () => llm.requests.map(taskOf);
    return { llm, asked, open: (...descriptions: string[]) => descriptions.forEach(name => void gate(name).resolve()) };
  }
  /** Lets everything that can go on go on. */
  const settle = () => new Promise(resolve => setTimeout(resolve, 5));

  it('lets the next one begin', async () => {
    const { llm, asked, open } = gated();
    const run = crewWith(llm, task => [
      task('A', { asyncExecution: true }),
      task('B', { asyncExecution: true }),
      task('C', { context: [] }),
    ]).kickoff();
    await settle();
    expect(asked()).toEqual(['A', 'B', 'C']);
    open('C', 'B', 'A');
    expect((await run).tasks.map(String)).toEqual(['A done', 'B done', 'C done']);
  });

  it('is joined before the first task that uses it: by an unset context', async () => {
    const { llm, asked, open } = gated();
    const run = crewWith(llm, task => [task('A', { asyncExecution: true }), task('B')]).kickoff();
    await settle();
    expect(asked()).toEqual(['A']);
    open('A', 'B');
    await run;
    expect(contextOf(llm, 'B')).toBe('A done');
  });

  it('is joined before the first task that uses it: by a list, and the others go on', async () => {
    const { llm, asked, open } = gated();
    const run = crewWith(llm, task => {
      const a = task('A', { asyncExecution: true });
      const b = task('B', { asyncExecution: true });
      return [a, b, task('C', { context: [b] })];
    }).kickoff();
    await settle();
    open('B');
    await settle();
    expect(asked()).toEqual(['A', 'B', 'C']);
    expect(contextOf(llm, 'C')).toBe('B done');
    open('A', 'C');
    expect(`${await run}`).toBe('C done');
  });

  it('is joined at the end; nothing is dropped', async () => {
    const { llm, open } = gated();
    const run = crewWith(llm, task => [task('A'), task('B', { asyncExecution: true })]).kickoff();
    open('A');
    await settle();
    open('B');
    const output = await run;
    expect(`${output}`).toBe('B done');
    expect(output.usage).toEqual({ inputTokens: 20, outputTokens: 2 });
  });

  it('is told what was joined before it began, whichever task finishes first', async () => {
    const { llm, open } = gated();
    const run = crewWith(llm, task => [
      task('A'),
      task('B', { asyncExecution: true }),
      task('C', { asyncExecution: true }),
      task('D'),
      task('E', { asyncExecution: true }),
    ]).kickoff();
    open('A', 'B');
    await settle();
    open('C', 'D', 'E');
    await run;
    expect(contextOf(llm, 'B')).toBe('A done');
    expect(contextOf(llm, 'C')).toBe('A done');
    expect(contextOf(llm, 'D')).toBe(['A done', 'B done', 'C done'].join('\n\n----------\n\n'));
    expect(contextOf(llm, 'E')).toBe(['A done', 'B done', 'C done', 'D done'].join('\n\n----------\n\n'));
  });

  it('waits for the asynchronous tasks in its own list', async () => {
    const { llm, asked, open } = gated();
    const run = crewWith(llm, task => {
      const a = task('A', { asyncExecution: true });
      return [a, task('B', { asyncExecution: true, context: [a] }), task('C', { context: [] })];
    }).kickoff();
    await settle();
    expect(asked()).toEqual(['A', 'C']);
    open('A', 'B', 'C');
    await run;
    expect(contextOf(llm, 'B')).toBe('A done');
  });

  it('that fails cancels the others, and is what the crew throws', async () => {
    let cancelled: AbortSignal | undefined;
    const llm = new ScriptedLLM(async request => {
      if (taskOf(request) === 'A') throw new Error('no line');
      cancelled = request.signal;
      return untilAborted(request.signal);
    });
    const crew = crewWith(llm, task => [task('A', { asyncExecution: true }), task('B', { context: [] }), task('C')]);
    await expect(crew.kickoff()).rejects.toThrow('The model turn failed: no line');
    expect(cancelled === undefined || cancelled.aborted).toBe(true);
    expect(llm.requests.map(taskOf)).not.toContain('C');
  });

  it('is cancelled when a later one fails', async () => {
    let seen: AbortSignal | undefined;
    const llm = new ScriptedLLM(async request => {
      if (taskOf(request) === 'B') throw new Error('no line');
      seen = request.signal;
      return untilAborted(request.signal);
    });
    const crew = crewWith(llm, task => [task('A', { asyncExecution: true }), task('B', { context: [] })]);
    const error = await crew.kickoff().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'The model turn failed: no line' });
    expect(seen?.reason).toBeInstanceOf(AbortError);
  });

  it('replayed gives the same result, whichever finished first', async () => {
    const { llm, open } = gated();
    const make = (task: (description: string, options?: Partial<TaskOptions>) => Task) => [
      task('A', { asyncExecution: true }),
      task('B', { asyncExecution: true }),
      task('C'),
    ];
    const first = new Journal();
    const run = crewWith(llm, make).kickoff({ steps: first });
    await settle();
    open('B');
    await settle();
    open('A', 'C');
    const output = await run;
    const replay = new Journal(first);
    expect(await crewWith(new ScriptedLLM([]), make).kickoff({ steps: replay })).toEqual(output);
    expect(replay.performed).toEqual([]);
    expect(first.started).toEqual(['task/1/turn/1', 'task/2/turn/1', 'task/3/turn/1']);
  });
});

describe('a condition', () => {
  it('is asked about the output before it, and skips the task', async () => {
    const llm = echo();
    const asked: (TaskOutput | undefined)[] = [];
    const events: string[] = [];
    const output = await crewWith(llm, task => [
      task('A'),
      task('B', { condition: previous => asked.push(previous) === 0 }),
      task('C', { condition: async previous => asked.push(previous) > 0 }),
      task('D'),
    ]).kickoff({ callbacks: [event => void events.push(event.type)] });
    expect(asked.map(String)).toEqual(['A done', 'A done']);
    expect(output.tasks.map(({ skipped }) => skipped)).toEqual([false, true, false, false]);
    expect(contextOf(llm, 'D')).toBe('A done\n\n----------\n\nC done');
    expect(events.filter(type => type === 'task-skip')).toHaveLength(1);
  });

  it('of the first task is asked about nothing', async () => {
    let asked: unknown = 'not asked';
    await crewWith(echo(), task => [
      task('A', {
        condition: previous => {
          asked = previous;
          return true;
        },
      }),
    ]).kickoff();
    expect(asked).toBeUndefined();
  });

  it('that skips the last task leaves the output before it', async () => {
    const output = await crewWith(echo(), task => [task('A'), task('B', { condition: () => false })]).kickoff();
    expect(output.raw).toBe('A done');
    expect(output.tasks).toHaveLength(2);
  });

  it('waits for an asynchronous task before it', async () => {
    let asked: string | undefined;
    await crewWith(echo(), task => [
      task('A', { asyncExecution: true }),
      task('B', {
        asyncExecution: true,
        condition: previous => {
          asked = previous?.raw;
          return true;
        },
      }),
    ]).kickoff();
    expect(asked).toBe('A done');
  });

  it('that throws fails the crew', async () => {
    const crew = crewWith(echo(), task => [
      task('A', {
        condition: () => {
          throw new Error('no idea');
        },
      }),
    ]);
    await expect(crew.kickoff()).rejects.toThrow('The condition of task "A" failed: no idea');
  });
});
