import {
  AbortError,
  Agent,
  AuthenticationError,
  Crew,
  type CrewEvent,
  type CrewOptions,
  Task,
  type TaskOptions,
  tool,
} from '@crew/core';
import { describe, expect, it } from 'vitest';
import { Journal } from '../journal.ts';
import { callsTo, counted, lastText, type Script, ScriptedLLM, untilAborted } from '../scripted-llm.ts';

const DELEGATE = 'delegate_work_to_coworker';
const ASK = 'ask_question_to_coworker';

const delegate = (coworker: string, task = 'Look it up', context = 'It is a novel.') => ({
  ...callsTo([DELEGATE, { coworker, task, context }]),
  usage: { inputTokens: 10, outputTokens: 1 },
});
const ask = (coworker: string, question = 'Where?', context = 'It is a novel.') => ({
  ...callsTo([ASK, { coworker, question, context }]),
  usage: { inputTokens: 10, outputTokens: 1 },
});

const find = tool({ name: 'find', description: 'Finds.', parameters: { type: 'object' }, execute: () => 'shelf 3' });

function make(
  manager: readonly Script[],
  worker: readonly Script[],
  options: Partial<CrewOptions> = {},
  task: Partial<TaskOptions> = {},
) {
  const managerLLM = new ScriptedLLM(manager);
  const llm = new ScriptedLLM(worker);
  const settings = { goal: 'Find books', backstory: 'You know every shelf.', llm, maxRetryLimit: 0 };
  const agents = [
    new Agent({ ...settings, role: 'Senior Librarian', tools: [find] }),
    new Agent({ ...settings, role: 'Porter' }),
  ];
  const tasks = [new Task({ description: 'Where is Emma?', expectedOutput: 'A shelf', ...task })];
  const crew = new Crew({ agents, tasks, process: 'hierarchical', managerLLM, ...options });
  return { crew, agents, managerLLM, llm };
}

describe('hierarchical crew', () => {
  it('lets a manager execute the tasks by delegating to the agents', async () => {
    const { crew, managerLLM, llm } = make(
      [delegate('Senior Librarian'), counted('Shelf 3.')],
      [counted('On shelf 3.')],
    );
    const output = await crew.kickoff();
    expect(output.raw).toBe('Shelf 3.');
    expect(lastText(managerLLM.requests[1])).toBe('On shelf 3.');
    const [system, user] = llm.requests[0]?.messages ?? [];
    expect(system?.content).toContain('You are Senior Librarian.');
    expect(user?.content).toContain('Current Task: Look it up\n');
    expect(user?.content).toContain(
      'final answer: Your best answer to your coworker asking you this, accounting for the context shared.',
    );
    expect(user?.content).toContain("This is the context you're working with:\nIt is a novel.");
  });

  it('gives the manager only the two delegation tools, limited to the crew', async () => {
    const { crew, managerLLM } = make([counted('Shelf 3.')], [], {}, { tools: [find] });
    await crew.kickoff();
    const tools = managerLLM.requests[0]?.tools ?? [];
    expect(tools.map(({ name }) => name)).toEqual([DELEGATE, ASK]);
    for (const { description } of tools) expect(description).toContain('Senior Librarian, Porter');
    expect(managerLLM.requests[0]?.messages[0]?.content).toContain('You are Crew Manager.');
  });

  it('lets the manager ask questions', async () => {
    const { crew, llm, managerLLM } = make([ask('Porter', 'Which floor?'), 'Floor 1.'], ['The first.']);
    await crew.kickoff();
    expect(lastText(llm.requests[0])).toContain('Current Task: Which floor?\n');
    expect(lastText(managerLLM.requests[1])).toBe('The first.');
  });

  it.each([
    'senior librarian',
    '  Senior  Librarian ',
    '"Senior Librarian"',
    "SeniorLibrarian'",
    '`SENIOR LIBRARIAN`',
    '“Senior Librarian”',
  ])('recognises a role regardless of case, spaces and quotes: %j', async role => {
    const { crew, llm } = make([delegate(role), 'Shelf 3.'], ['On shelf 3.']);
    await crew.kickoff();
    expect(llm.requests[0]?.messages[0]?.content).toContain('You are Senior Librarian.');
  });

  it('tells the manager which coworkers exist when it names an unknown one', async () => {
    const { crew, managerLLM, llm } = make([delegate('Janitor'), 'I cannot tell.'], []);
    await crew.kickoff();
    expect(lastText(managerLLM.requests[1])).toBe(
      'Error: There is no coworker "Janitor". The coworkers are: "Senior Librarian", "Porter".',
    );
    expect(llm.requests).toHaveLength(0);
  });

  it('tells the manager which argument is missing in a call', async () => {
    const { crew, managerLLM } = make([callsTo([DELEGATE, { coworker: 'Porter' }]), 'I cannot tell.'], []);
    await crew.kickoff();
    expect(lastText(managerLLM.requests[1])).toMatch(
      /^Error: The arguments for "delegate_work_to_coworker" do not fit/,
    );
  });

  it('tells the manager that a coworker failed, and continues', async () => {
    const { crew, managerLLM } = make([delegate('Porter'), 'I cannot tell.'], [new Error('no line')]);
    expect((await crew.kickoff()).raw).toBe('I cannot tell.');
    expect(lastText(managerLLM.requests[1])).toBe('Error: The model turn failed: no line');
  });

  it('fails when the manager fails, and the error contains the results of its coworkers', async () => {
    const { crew } = make([delegate('Porter'), new AuthenticationError('The key is refused.')], [counted('Shelf 3.')]);
    const error = await crew.kickoff().catch(thrown => thrown);
    expect(AuthenticationError.isInstance(error)).toBe(true);
    expect(error.messages.at(-1)).toMatchObject({ role: 'tool', content: 'Shelf 3.' });
  });

  it('lets coworkers use their own tools, or those of the task', async () => {
    const own = make([delegate('Senior Librarian'), 'Shelf 3.'], [callsTo(['find', {}]), 'On shelf 3.']);
    await own.crew.kickoff();
    expect(own.llm.requests[0]?.tools?.map(({ name }) => name)).toEqual(['find']);
    const given = make([delegate('Porter'), 'Shelf 3.'], ['On shelf 3.'], {}, { tools: [find] });
    await given.crew.kickoff();
    expect(given.llm.requests[0]?.tools?.map(({ name }) => name)).toEqual(['find']);
  });

  it('does not let coworkers delegate further', async () => {
    const { crew, llm } = make([delegate('Porter'), 'Shelf 3.'], ['On shelf 3.']);
    await crew.kickoff();
    expect(llm.requests[0]?.tools).toBeUndefined();
  });

  it('delegates a task that has an agent only to that agent', async () => {
    const { crew, agents, managerLLM } = make([], []);
    const mine = new Task({ description: 'Carry it', expectedOutput: 'Done', agent: agents[1] });
    const llm = new ScriptedLLM([delegate('Senior Librarian'), 'I cannot tell.']);
    await new Crew({ agents, tasks: [mine], process: 'hierarchical', managerLLM: llm }).kickoff();
    expect(lastText(llm.requests[1])).toContain('The coworkers are: "Porter".');
    expect([crew.manager?.llm, crew.tasks.length]).toEqual([managerLLM, 1]);
  });

  it('accepts a custom manager agent', async () => {
    const llm = new ScriptedLLM(['Shelf 3.']);
    const managerAgent = new Agent({ role: 'Head of {place}', goal: 'Run it', backstory: 'Stern.', llm });
    const { crew } = make([], [], { managerLLM: undefined, managerAgent });
    await crew.kickoff({ inputs: { place: 'Library' } });
    expect(llm.requests[0]?.messages[0]?.content).toContain('You are Head of Library. Stern.');
  });

  it('counts the tokens of each agent once, in the task, in the crew and by agent', async () => {
    const { crew } = make(
      [delegate('Porter'), ask('senior librarian'), counted('Shelf 3.')],
      [counted('Fetched.'), callsTo(['find', {}]), counted('On shelf 3.')],
    );
    const output = await crew.kickoff();
    expect(output.usageByAgent).toEqual([
      { role: 'Crew Manager', usage: { inputTokens: 30, outputTokens: 3 } },
      { role: 'Senior Librarian', usage: { inputTokens: 10, outputTokens: 1 } },
      { role: 'Porter', usage: { inputTokens: 10, outputTokens: 1 } },
    ]);
    expect(output.usage).toEqual({ inputTokens: 50, outputTokens: 5 });
    expect(output.tasks[0]?.usage).toEqual(output.usage);
  });

  it('counts the tokens of a failed coworker', async () => {
    const used = { ...callsTo(['find', {}]), usage: { inputTokens: 10, outputTokens: 1 } };
    const { crew } = make([delegate('Senior Librarian'), counted('I cannot tell.')], [used, new Error('no line')]);
    const output = await crew.kickoff();
    expect(output.usage).toEqual({ inputTokens: 30, outputTokens: 3 });
    expect(output.usageByAgent[1]).toEqual({ role: 'Senior Librarian', usage: { inputTokens: 10, outputTokens: 1 } });
  });

  it("emits a coworker's run in the span of the manager's", async () => {
    const events: CrewEvent[] = [];
    const { crew } = make([delegate('Porter'), 'Shelf 3.'], ['On shelf 3.']);
    await crew.kickoff({ callbacks: [event => void events.push(event)] });
    const [manager, porter] = events.filter(event => event.type === 'agent-start');
    expect(porter).toMatchObject({ name: 'Porter', parentId: manager?.runId });
  });

  it('cancels a running coworker', async () => {
    const controller = new AbortController();
    let seen: AbortSignal | undefined;
    const worker: Script = ({ signal }) => {
      seen = signal;
      queueMicrotask(() => controller.abort());
      return untilAborted(signal);
    };
    const { crew } = make([delegate('Porter')], [worker]);
    await expect(crew.kickoff({ signal: controller.signal })).rejects.toBeInstanceOf(AbortError);
    expect(seen?.aborted).toBe(true);
  });

  it('delegates two pieces of work at once', async () => {
    const both = callsTo(
      [DELEGATE, { coworker: 'Porter', task: 'Fetch Emma', context: '' }],
      [DELEGATE, { coworker: 'Porter', task: 'Fetch Persuasion', context: '' }],
    );
    const started: string[] = [];
    const ready = Promise.withResolvers<void>();
    const worker: Script = async request => {
      started.push(lastText(request).split('\n')[0] ?? '');
      if (started.length === 2) ready.resolve();
      await ready.promise;
      return 'Fetched.';
    };
    const { crew } = make([both, 'Both fetched.'], [worker, worker]);
    expect((await crew.kickoff()).raw).toBe('Both fetched.');
    expect(started).toEqual(['Current Task: Fetch Emma', 'Current Task: Fetch Persuasion']);
  });

  it('passes the authContext on, and puts it into no event or step', async () => {
    const authContext = { tenant: 'planted-secret' };
    const steps = new Journal();
    const events: CrewEvent[] = [];
    const { crew, llm } = make([delegate('Porter'), 'Shelf 3.'], ['On shelf 3.']);
    await crew.kickoff({ authContext, steps, callbacks: [event => void events.push(event)] });
    expect(llm.requests[0]?.authContext).toBe(authContext);
    expect(JSON.stringify([events, [...steps.steps]])).not.toContain('planted-secret');
  });

  it('gives the same output and usage in a replay, without calling a model', async () => {
    const steps = new Journal();
    const output = await make(
      [delegate('Porter'), ask('Senior Librarian'), counted('Shelf'), counted('Shelf 3.')],
      [counted('Fetched.'), callsTo(['find', {}]), counted('On shelf 3.')],
      {},
      { guardrail: ({ raw }) => raw.endsWith('.') || 'End with a full stop.' },
    ).crew.kickoff({ steps });
    const replay = new Journal(steps);
    const { crew } = make([], [], {}, { guardrail: () => 'never asked' });
    expect(await crew.kickoff({ steps: replay })).toEqual(output);
    expect(replay.performed).toEqual([]);
    expect(steps.started).toEqual([
      'task/1/turn/1',
      'task/1/delegate/id-0/turn/1',
      'task/1/turn/2',
      'task/1/delegate/call00001/turn/1',
      'task/1/delegate/call00001/tool/1/1',
      'task/1/delegate/call00001/turn/2',
      'task/1/turn/3',
      'task/1/guardrail/1',
      'task/1/attempt/2/turn/1',
      'task/1/attempt/2/guardrail/1',
    ]);
  });
});
