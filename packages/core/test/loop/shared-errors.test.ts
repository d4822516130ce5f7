import {
  AbortError,
  Agent,
  AuthenticationError,
  Crew,
  CrewError,
  type CrewErrorJson,
  type CrewEvent,
  type EventCallback,
  type Message,
  RateLimitError,
  runToolLoop,
  Task,
  TimeoutError,
} from '@crew/core';
import { describe, expect, it } from 'vitest';
import { Journal } from '../journal.ts';
import { ScriptedLLM, untilAborted } from '../scripted-llm.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };

const failed = async (run: Promise<unknown>): Promise<CrewError> => {
  const thrown = await run.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (CrewError.isInstance(thrown)) return thrown;
  throw new Error('The run ended with no CrewError.', { cause: thrown });
};

const said = (messages: readonly Message[] | undefined): string => JSON.stringify(messages);

describe('abort reason shared by several runs', () => {
  const hanging = () => new ScriptedLLM(({ signal }) => untilAborted(signal));

  it.each([
    ['as it is', (reason: AbortError) => reason],
    ['frozen', (reason: AbortError) => Object.freeze(reason)],
  ])("attaches to each run's error only its own conversation (%s)", async (_how, prepared) => {
    const shutdown = new AbortController();
    const { signal } = shutdown;
    const llm = hanging();
    const agent = new Agent({ ...persona, llm });
    const runs = [
      runToolLoop(llm, { messages: "Ann's question", signal }),
      agent.executeTask({ description: "Bob's question", expectedOutput: 'It' }, { signal }),
      new Crew({
        tasks: [new Task({ description: "Cid's question", expectedOutput: 'It', agent })],
      }).kickoff({ signal }),
    ].map(failed);
    while (llm.requests.length < 3) await undefined;
    const reason = prepared(new AbortError('The house closes.'));
    shutdown.abort(reason);
    const errors = await Promise.all(runs);
    for (const [index, name] of ['Ann', 'Bob', 'Cid'].entries()) {
      const error = errors[index];
      expect(error).toBeInstanceOf(AbortError);
      expect(error).toMatchObject({ name: 'AbortError', code: 'ABORTED', message: 'The house closes.' });
      expect(error?.cause).toBe(reason);
      expect(said(error?.messages).match(/(Ann|Bob|Cid)/g)).toEqual([name]);
    }
    expect(reason).not.toHaveProperty('messages');
    expect(reason).not.toHaveProperty('usage');
  });

  it('is not changed by the runs that it ends', async () => {
    const error = await failed(
      runToolLoop(new ScriptedLLM([new AuthenticationError('Refused.')]), { messages: 'Ann' }),
    );
    const controller = new AbortController();
    const llm = hanging();
    const run = failed(runToolLoop(llm, { messages: 'Bob', signal: controller.signal }));
    while (llm.requests.length < 1) await undefined;
    controller.abort(error);
    expect(said((await run).messages)).toContain('Bob');
    expect(said(error.messages)).toContain('Ann');
  });
});

describe('error that an LLM throws to several runs', () => {
  const below = new TimeoutError('Too slow.', { deadline: 'obtain' });

  it.each([
    ['without a cause', new RateLimitError('Slow down.', { status: 429, retryAfter: 90, requestId: 'r' })],
    ['with a cause', new RateLimitError('Slow down.', { status: 429, retryAfter: 90, requestId: 'r', cause: below })],
    [
      'that is frozen',
      Object.freeze(new RateLimitError('Slow down.', { status: 429, retryAfter: 90, requestId: 'r' })),
    ],
  ])('gives each run an error with its own conversation and the fields of the original (%s)', async (_what, stored) => {
    const llm = new ScriptedLLM(async () => {
      throw stored;
    });
    const agent = new Agent({ ...persona, llm });
    const errors = await Promise.all(
      ['Ann', 'Bob'].map(name => failed(agent.executeTask({ description: name, expectedOutput: 'It' }))),
    );
    for (const [index, name] of ['Ann', 'Bob'].entries()) {
      const error = errors[index];
      expect(RateLimitError.isInstance(error)).toBe(true);
      expect(error).toBeInstanceOf(RateLimitError);
      expect(error?.toJSON()).toMatchObject({ name: 'RateLimitError', status: 429, retryAfter: 90, requestId: 'r' });
      expect(error?.cause).toBe(stored.cause ?? stored);
      expect(error?.stack).toBe(stored.stack);
      expect(said(error?.messages).match(/(Ann|Bob)/g)).toEqual([name]);
    }
    expect(stored).not.toHaveProperty('messages');
    expect(await failed(llm.generate('Cid'))).toBe(stored);
  });

  it('keeps the additional fields of an error class from another package', async () => {
    class VaultError extends CrewError {
      readonly vault = 'north';
      get where(): string {
        return `the ${this.vault} vault`;
      }
    }
    const stored = new VaultError('VAULT', 'Sealed.');
    const error = await failed(runToolLoop(new ScriptedLLM([stored]), { messages: 'Open it' }));
    expect(error).toBeInstanceOf(VaultError);
    expect(error).toMatchObject({ name: 'VaultError', code: 'VAULT', vault: 'north', where: 'the north vault' });
    expect(Object.keys(error).sort()).toEqual(Object.keys(stored).sort());
    expect(`${error}`).toBe('VaultError: Sealed.');
  });
});

describe('error of a class with private fields', () => {
  class TicketError extends CrewError {
    readonly #ticket: string;

    constructor(ticket: string) {
      super('TICKET', 'The ticket is void.');
      this.#ticket = ticket;
    }
    get ticket(): string {
      return this.#ticket;
    }
    override toJSON(): CrewErrorJson {
      return { ...super.toJSON(), ticket: this.#ticket };
    }
  }

  const ended = (llm: ScriptedLLM, how: string, callbacks: readonly EventCallback[]): Promise<CrewError> => {
    const agent = new Agent({ ...persona, llm, maxRetryLimit: 0 });
    const task = { description: how, expectedOutput: 'It' };
    if (how === 'runToolLoop') return failed(runToolLoop(llm, { messages: how, callbacks }));
    if (how === 'an agent') return failed(agent.executeTask(task, { callbacks }));
    return failed(new Crew({ tasks: [new Task({ ...task, agent })] }).kickoff({ callbacks }));
  };
  const ways = ['runToolLoop', 'an agent', 'a crew'];

  it.each(ways)('ends %s with the original error, which its events report', async how => {
    const events: CrewEvent[] = [];
    const stored = new TicketError('t-1');
    const error = await ended(new ScriptedLLM([stored]), how, [event => events.push(event)]);
    expect(error).toBeInstanceOf(TicketError);
    expect(error).toMatchObject({ name: 'TicketError', code: 'TICKET', ticket: 't-1' });
    expect(error.toJSON()).toMatchObject({ ticket: 't-1' });
    expect(said(error.messages)).toContain(how);
    const told = events.filter(event => event.type.endsWith('-error'));
    expect(told.length).toBeGreaterThan(0);
    for (const event of told) expect(event).toMatchObject({ error: { code: 'TICKET', ticket: 't-1' } });
  });

  it('becomes the cause of a plain error when it is thrown to another run too', async () => {
    const stored = new TicketError('t-1');
    const llm = new ScriptedLLM(async () => {
      throw stored;
    });
    const [first, second] = await Promise.all(ways.slice(0, 2).map(how => ended(llm, how, [])));
    expect(first).toBe(stored);
    expect(said(first?.messages)).toContain('runToolLoop');
    expect(second).toMatchObject({ name: 'CrewError', code: 'TICKET', message: 'The ticket is void.', cause: stored });
    expect(said(second?.messages)).not.toContain('runToolLoop');
    expect(said(second?.messages)).toContain('an agent');
  });

  it.each(ways)('becomes the cause of a plain error in %s when it is frozen', async how => {
    const stored = Object.freeze(new TicketError('t-1'));
    const error = await ended(new ScriptedLLM([stored]), how, [() => undefined]);
    expect(error).toMatchObject({ name: 'CrewError', code: 'TICKET', cause: stored });
    expect(error.toJSON()).toMatchObject({ cause: { ticket: 't-1' } });
    expect(said(error.messages)).toContain(how);
  });

  it('keeps conversations apart when a step runner fails with the same error in several runs', async () => {
    const stored = new TicketError('t-1');
    class VoidJournal extends Journal {
      override async run<T>(): Promise<T> {
        throw stored;
      }
    }
    const errors = await Promise.all(
      ['Ann', 'Bob'].map(messages => failed(runToolLoop(new ScriptedLLM([]), { messages, steps: new VoidJournal() }))),
    );
    for (const [index, name] of ['Ann', 'Bob'].entries()) {
      expect(errors[index]).toMatchObject({ code: 'TICKET', cause: stored, messages: [{ content: name }] });
    }
  });
});
