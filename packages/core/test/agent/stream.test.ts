import { AbortError, Agent, type CrewEvent, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { callsTo, counted, ScriptedLLM, untilAborted } from '../scripted-llm.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
const task = { description: 'Where is Emma?', expectedOutput: 'A shelf' };
const find = tool({
  name: 'find',
  description: 'Finds a book.',
  parameters: { type: 'object', properties: { title: { type: 'string' } } },
  execute: ({ title }) => `${title} is on shelf 3`,
});

async function collect(events: AsyncIterable<CrewEvent>): Promise<CrewEvent[]> {
  const collected: CrewEvent[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}

describe('Agent.stream', () => {
  it('yields the events as they happen, deltas included, with the output in the last one', async () => {
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Emma' }]), counted('On shelf 3.')]);
    const events = await collect(new Agent({ ...persona, llm, tools: [find] }).stream(task));
    expect(events.map(event => event.type)).toEqual([
      ...['agent-start', 'turn-start', 'turn-finish', 'tool-start', 'tool-finish'],
      ...['turn-start', 'turn-delta', 'turn-delta', 'turn-delta', 'turn-finish', 'agent-finish'],
    ]);
    expect(events.at(-1)).toMatchObject({
      type: 'agent-finish',
      name: 'Librarian',
      output: 'On shelf 3.',
      usage: { inputTokens: 10, outputTokens: 1 },
    });
  });

  it('yields an event while the work is still going on', async () => {
    const answer = Promise.withResolvers<string>();
    const llm = new ScriptedLLM(() => answer.promise);
    const seen: string[] = [];
    for await (const event of new Agent({ ...persona, llm }).stream(task)) {
      seen.push(event.type);
      if (event.type === 'turn-start') answer.resolve('Shelf 3.');
    }
    expect(seen).toContain('agent-finish');
  });

  it('calls the callbacks besides yielding the events', async () => {
    const told: string[] = [];
    const given: string[] = [];
    const agent = new Agent({
      ...persona,
      llm: new ScriptedLLM(['Shelf 3.']),
      callbacks: [event => void told.push(event.type)],
    });
    const events = await collect(agent.stream(task, { callbacks: [event => void given.push(event.type)] }));
    expect(told).toEqual(events.map(event => event.type));
    expect(given).toEqual(told);
  });

  it('throws the error of a failed run after its last event', async () => {
    const agent = new Agent({ ...persona, llm: new ScriptedLLM([new Error('no line')]), maxRetryLimit: 0 });
    const types: string[] = [];
    const read = async () => {
      for await (const event of agent.stream(task)) types.push(event.type);
    };
    await expect(read()).rejects.toThrow('no line');
    expect(types.at(-1)).toBe('agent-error');
  });

  it('throws a ConfigurationError for an invalid option', async () => {
    const agent = new Agent({ ...persona, llm: new ScriptedLLM([]) });
    await expect(collect(agent.stream(task, { tools: 3 as unknown as [] }))).rejects.toThrow(/tools of executeTask/);
  });

  it('cancels the work when the loop is left, and waits for its end', async () => {
    let ended = false;
    const llm = new ScriptedLLM(async ({ signal }) => {
      try {
        return await untilAborted(signal);
      } finally {
        ended = true;
        expect(signal.reason).toBeInstanceOf(AbortError);
      }
    });
    for await (const event of new Agent({ ...persona, llm }).stream(task)) if (event.type === 'turn-start') break;
    expect(ended).toBe(true);
  });

  it('cancels a running tool when the loop is left', async () => {
    let seen: AbortSignal | undefined;
    const hang = tool({
      name: 'hang',
      description: 'Waits.',
      parameters: { type: 'object' },
      execute: (_input, { signal }) => {
        seen = signal;
        return untilAborted(signal);
      },
    });
    const llm = new ScriptedLLM([callsTo(['hang', {}])]);
    for await (const event of new Agent({ ...persona, llm, tools: [hang] }).stream(task)) {
      if (event.type === 'tool-start') break;
    }
    expect(seen === undefined || seen.aborted).toBe(true);
  });

  it('cancels the run when the caller aborts its signal', async () => {
    const controller = new AbortController();
    const llm = new ScriptedLLM(({ signal }) => untilAborted(signal));
    const read = async () => {
      for await (const event of new Agent({ ...persona, llm }).stream(task, { signal: controller.signal })) {
        if (event.type === 'turn-start') controller.abort();
      }
    };
    await expect(read()).rejects.toBeInstanceOf(AbortError);
  });

  it('sends no request before the stream is read', async () => {
    const llm = new ScriptedLLM(['Shelf 3.']);
    new Agent({ ...persona, llm }).stream(task);
    await Promise.resolve();
    expect(llm.requests).toHaveLength(0);
  });
});

describe('events of a run', () => {
  it('form a tree of spans: turns and tools are inside the run', async () => {
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Emma' }]), 'On shelf 3.']);
    const events = await collect(new Agent({ ...persona, llm, tools: [find] }).stream(task));
    const root = events[0];
    expect(root?.parentId).toBeUndefined();
    const inner = events.filter(event => !event.type.startsWith('agent-'));
    expect(new Set(inner.map(event => event.parentId))).toEqual(new Set([root?.runId]));
    expect(new Set(inner.map(event => event.runId)).size).toBe(3);
    expect(events.every(event => typeof event.runId === 'string' && event.at > 0)).toBe(true);
  });

  it('have a separate run id for each run', async () => {
    const agent = new Agent({ ...persona, llm: new ScriptedLLM(['one', 'two']) });
    const [first, second] = [await collect(agent.stream(task)), await collect(agent.stream(task))];
    expect(first[0]?.runId).not.toBe(second[0]?.runId);
  });

  it('include no deltas by default', async () => {
    const types: string[] = [];
    const callbacks = [(event: CrewEvent) => void types.push(event.type)];
    const agent = new Agent({ ...persona, llm: new ScriptedLLM(['one', 'two']), callbacks });
    await agent.executeTask(task);
    expect(types).not.toContain('turn-delta');
    await agent.executeTask(task, { stream: true });
    expect(types).toContain('turn-delta');
  });

  it('never contain the authContext', async () => {
    let seen: unknown;
    const look = tool({
      name: 'look',
      description: 'Looks.',
      parameters: { type: 'object' },
      execute: (_input, { authContext }) => {
        seen = authContext;
        return 'seen';
      },
    });
    const authContext = { tenant: 'planted-secret' };
    const llm = new ScriptedLLM([callsTo(['look', {}]), 'done']);
    const events = await collect(new Agent({ ...persona, llm, tools: [look] }).stream(task, { authContext }));
    expect(seen).toBe(authContext);
    expect(llm.requests.every(request => request.authContext === authContext)).toBe(true);
    expect(JSON.stringify(events)).not.toContain('planted-secret');
  });

  it('do not fail the run when a callback throws', async () => {
    const callbacks = [
      () => {
        throw new Error('a faulty listener');
      },
    ];
    const agent = new Agent({ ...persona, llm: new ScriptedLLM(['Shelf 3.']), callbacks });
    expect(await agent.executeTask(task)).toBe('Shelf 3.');
  });
});
