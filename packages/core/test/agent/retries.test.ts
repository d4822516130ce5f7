import {
  AbortError,
  Agent,
  AuthenticationError,
  ConfigurationError,
  ConnectionError,
  ContextWindowExceededError,
  CredentialError,
  CrewError,
  type CrewEvent,
  EmptyReplyError,
  GuardrailError,
  ProtocolError,
  RateLimitError,
  ResponseError,
  Task,
  TimeoutError,
  tool,
} from '@crew/core';
import { describe, expect, it } from 'vitest';
import { callsTo, ScriptedLLM } from '../scripted-llm.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
const task = { description: 'Where is Emma?', expectedOutput: 'A shelf' };

/** Returns a clock on which every sleep ends at once and is recorded. */
function eagerClock() {
  let now = 0;
  const sleeps: number[] = [];
  return {
    sleeps,
    wall: () => now,
    monotonic: () => now,
    sleep: async (milliseconds: number, signal: AbortSignal) => {
      signal.throwIfAborted();
      sleeps.push(milliseconds);
      now += milliseconds;
    },
  };
}

function shelf(runs: string[] = []) {
  return tool({
    name: 'find',
    description: 'Finds a book.',
    parameters: { type: 'object', properties: { title: { type: 'string' } } },
    execute: ({ title }) => {
      runs.push(String(title));
      return `${title} is on shelf ${runs.length}`;
    },
  });
}

const retried: readonly CrewError[] = [
  new ConnectionError('lost'),
  new ProtocolError('garbled'),
  new EmptyReplyError('nothing'),
  new TimeoutError('late', { deadline: 'turn' }),
  new RateLimitError('busy', { status: 429 }),
  new ResponseError('down', { status: 503 }),
  new ResponseError('an error event without a status'),
  new CredentialError('the token server is away'),
  new CrewError('UNEXPECTED', 'odd'),
];

const final: readonly CrewError[] = [
  new AuthenticationError('refused', { status: 401 }),
  new ConfigurationError('wrong'),
  new AbortError('stopped'),
  new GuardrailError('no'),
  new ContextWindowExceededError('long'),
  new CredentialError('the secret is wrong', { terminal: true }),
  new ResponseError('bad request', { status: 400 }),
  new ResponseError('not found', { status: 404 }),
  new RateLimitError('paid out', { status: 429, serverCode: 'insufficient_quota' }),
  new RateLimitError('come back tomorrow', { status: 429, retryAfter: 86_400 }),
];

describe('maxRetryLimit', () => {
  it.each(retried.map(error => [error.name, error.message, error] as const))(
    'repeats the turn after a %s (%s)',
    async (_name, _message, error) => {
      const llm = new ScriptedLLM([error, error, 'Shelf 3.']);
      const agent = new Agent({ ...persona, llm, clock: eagerClock() });
      expect(await agent.executeTask(task)).toBe('Shelf 3.');
    },
  );

  it.each(final.map(error => [error.name, error.message, error] as const))(
    'never repeats the turn after a %s (%s)',
    async (_name, _message, error) => {
      const llm = new ScriptedLLM([error, 'Shelf 3.']);
      const agent = new Agent({ ...persona, llm, respectContextWindow: false, clock: eagerClock() });
      await expect(agent.executeTask(task)).rejects.toMatchObject({ name: error.name, cause: error });
      expect(llm.requests).toHaveLength(1);
    },
  );

  it('maxRetryLimit applies to the whole run, not to each turn', async () => {
    const lost = new ConnectionError('lost');
    const llm = new ScriptedLLM([lost, callsTo(['find', { title: 'Emma' }]), lost, lost, 'Shelf 3.']);
    const find = shelf();
    const agent = new Agent({ ...persona, llm, tools: [find], clock: eagerClock() });
    await expect(agent.executeTask(task)).rejects.toMatchObject({ name: 'ConnectionError', cause: lost });
    expect(llm.requests).toHaveLength(4);
  });

  it('maxRetryLimit applies to the whole task, including the attempts that guardrails cause', async () => {
    const lost = new ConnectionError('lost');
    const llm = new ScriptedLLM([lost, 'Upstairs.', lost, 'Shelf 3.', lost, 'never']);
    const agent = new Agent({ ...persona, llm, clock: eagerClock() });
    const run = new Task({
      ...task,
      agent,
      guardrail: [({ raw }) => raw.startsWith('Shelf') || 'No shelf.', 'It names a shelf.'],
    }).execute();
    await expect(run).rejects.toMatchObject({ name: 'ConnectionError', cause: lost });
    expect(llm.requests).toHaveLength(5);
  });

  it('maxRetryLimit applies to each run, not to the lifetime of the agent', async () => {
    const lost = new ConnectionError('lost');
    const llm = new ScriptedLLM([lost, lost, 'one', lost, lost, 'two']);
    const agent = new Agent({ ...persona, llm, clock: eagerClock() });
    expect(await agent.executeTask(task)).toBe('one');
    expect(await agent.executeTask(task)).toBe('two');
  });

  it('repeats the failed turn and runs no tool twice', async () => {
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Emma' }]), new ConnectionError('lost'), 'Shelf 1.']);
    const runs: string[] = [];
    const find = shelf(runs);
    const agent = new Agent({ ...persona, llm, tools: [find], clock: eagerClock() });
    expect(await agent.executeTask(task)).toBe('Shelf 1.');
    expect(runs).toEqual(['Emma']);
    expect(llm.requests[2]?.messages).toEqual(llm.requests[1]?.messages);
  });

  it('maxRetryLimit of 0 allows no retry', async () => {
    const llm = new ScriptedLLM([new ConnectionError('lost')]);
    const agent = new Agent({ ...persona, llm, maxRetryLimit: 0, clock: eagerClock() });
    await expect(agent.executeTask(task)).rejects.toBeInstanceOf(ConnectionError);
  });

  it('waits longer before each retry, and at least as long as the server asks', async () => {
    const clock = eagerClock();
    const events: CrewEvent[] = [];
    const llm = new ScriptedLLM([
      new ConnectionError('lost'),
      new ConnectionError('lost'),
      new RateLimitError('busy', { status: 429, retryAfter: 7 }),
      'Shelf 3.',
    ]);
    const callbacks = [(event: CrewEvent) => events.push(event)].map(push => (event: CrewEvent) => void push(event));
    await new Agent({ ...persona, llm, maxRetryLimit: 3, clock, callbacks }).executeTask(task);
    expect(clock.sleeps).toEqual([500, 1_000, 7_000]);
    const retries = events.filter(event => event.type === 'turn-retry');
    expect(retries).toMatchObject([
      { attempt: 1, delayMs: 500, error: { name: 'ConnectionError' } },
      { attempt: 2, delayMs: 1_000 },
      { attempt: 3, delayMs: 7_000, error: { name: 'RateLimitError' } },
    ]);
    expect(new Set(retries.map(event => event.runId))).toEqual(new Set([events[0]?.runId]));
  });
});
