import { Agent, Crew, type CrewEvent, Task, type TurnRequest, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { ticks } from '../in-flight.ts';
import { Journal } from '../journal.ts';
import { callsTo, ScriptedLLM } from '../scripted-llm.ts';

const persona = { role: 'Cashier', goal: 'Charge', backstory: 'You know every till.' };

/** Returns the name of the person that the request is about. */
const nameOf = ({ messages }: TurnRequest): string => /<(\w+)>/.exec(JSON.stringify(messages))?.[1] ?? '';

/** Returns a tool that charges a person, with the run's id as idempotency key. */
function till() {
  const keys = new Map<string, string>();
  const charge = tool({
    name: 'charge',
    description: 'Charges.',
    parameters: { type: 'object', properties: { name: { type: 'string' } } },
    execute: ({ name }, { runId }) => {
      keys.set(String(name), runId);
      return 'charged';
    },
  });
  return { charge, keys };
}

/** Returns a model that fails, then charges, then answers, with a delay for each name. */
function cashier(delays: Readonly<Record<string, number>>) {
  return new ScriptedLLM(async request => {
    const name = nameOf(request);
    await ticks(delays[name] ?? 0);
    if (JSON.stringify(request.messages).includes('charged')) return `${name} paid.`;
    return JSON.stringify(request.messages).includes('failed validation') ? callsTo(['charge', { name }]) : 'What?';
  });
}

function asyncTasks(delays: Readonly<Record<string, number>>) {
  const { charge, keys } = till();
  const agent = new Agent({ ...persona, llm: cashier(delays), tools: [charge] });
  const guardrail = ({ raw }: { readonly raw: string }) => raw.includes('paid') || 'Not paid.';
  const tasks = ['ann', 'bob', 'cid'].map(
    name => new Task({ description: `Charge <${name}>`, expectedOutput: 'It', agent, guardrail, asyncExecution: true }),
  );
  return { crew: new Crew({ tasks }), keys };
}

/** Returns the journal of a process that died before the result of any tool was written. */
function withoutTools(journal: Journal): Journal {
  return new Journal({
    steps: new Map([...journal.steps].filter(([name]) => !name.includes('tool/'))),
    ids: journal.ids,
  });
}

describe('ids of inner runs', () => {
  it('are the same in a replay, whichever asynchronous task continues first', async () => {
    const first = new Journal();
    const { crew, keys } = asyncTasks({ ann: 90, bob: 40, cid: 5 });
    await crew.kickoff({ steps: first });
    expect(first.ids).toHaveLength(1);
    const replay = withoutTools(first);
    const again = asyncTasks({ ann: 5, bob: 40, cid: 90 });
    await again.crew.kickoff({ steps: replay });
    expect(replay.performed).toHaveLength(3);
    expect(new Map([...again.keys].sort())).toEqual(new Map([...keys].sort()));
    expect(new Set(keys.values()).size).toBe(3);
  });

  it('are the same in a replay of a delegation', async () => {
    const run = async (steps: Journal, delays: Readonly<Record<string, number>>) => {
      const { charge, keys } = till();
      const llm = new ScriptedLLM(async request => {
        await ticks(delays[nameOf(request)] ?? 0);
        const charged = JSON.stringify(request.messages).includes('charged');
        return charged ? 'Done.' : callsTo(['charge', { name: nameOf(request) }]);
      });
      const delegate = (name: string): [string, unknown] => [
        'delegate_work_to_coworker',
        { coworker: 'Cashier', task: `Charge <${name}>`, context: 'None.' },
      ];
      const managerLLM = new ScriptedLLM([callsTo(delegate('ann'), delegate('bob')), 'All paid.']);
      const agents = [new Agent({ ...persona, llm, tools: [charge] })];
      const tasks = [new Task({ description: 'Charge all', expectedOutput: 'It' })];
      await new Crew({ agents, tasks, process: 'hierarchical', managerLLM }).kickoff({ steps });
      return new Map([...keys].sort());
    };
    const first = new Journal();
    const keys = await run(first, { ann: 50 });
    expect(await run(withoutTools(first), { bob: 50 })).toEqual(keys);
    expect(new Set(keys.values()).size).toBe(2);
    expect(first.ids).toHaveLength(1);
  });

  it('are the same in a replay of kickoffForEach, whichever item ends first', async () => {
    const run = async (steps: Journal, delays: Readonly<Record<string, number>>) => {
      const { charge, keys } = till();
      const llm = cashier(delays);
      const agent = new Agent({ ...persona, llm, tools: [charge] });
      const guardrail = ({ raw }: { readonly raw: string }) => raw.includes('paid') || 'Not paid.';
      const crew = new Crew({
        tasks: [new Task({ description: 'Charge <{name}>', expectedOutput: 'It', agent, guardrail })],
      });
      const inputs = ['ann', 'bob', 'cid', 'dan'].map(name => ({ name }));
      const results = await crew.kickoffForEach(inputs, { concurrency: 2, steps });
      expect(results.every(({ ok }) => ok)).toBe(true);
      return new Map([...keys].sort());
    };
    const first = new Journal();
    const keys = await run(first, { ann: 200 });
    expect(await run(withoutTools(first), { bob: 200 })).toEqual(keys);
    expect(new Set(keys.values()).size).toBe(4);
    expect(first.ids).toHaveLength(1);
  });

  it('start with the id of the outermost run, are all different, and are valid in a header', async () => {
    const events: CrewEvent[] = [];
    const { charge } = till();
    const llm = new ScriptedLLM([callsTo(['charge', { name: 'ann' }]), 'Done.']);
    const managerLLM = new ScriptedLLM([
      {
        ...callsTo(['delegate_work_to_coworker', { coworker: 'Cashier', task: 'Charge', context: 'None.' }]),
        toolCalls: [
          {
            id: 'Zürich\n"1" \ud800',
            name: 'delegate_work_to_coworker',
            arguments: '{"coworker":"Cashier","task":"Charge","context":"None."}',
          },
        ],
      },
      'Done.',
    ]);
    const agents = [new Agent({ ...persona, llm, tools: [charge] })];
    const tasks = [new Task({ description: 'Charge all', expectedOutput: 'It' })];
    const crew = new Crew({ agents, tasks, process: 'hierarchical', managerLLM });
    await crew.kickoff({ callbacks: [event => void events.push(event)], stepPrefix: 'mine/' });
    const ids = events.filter(({ type }) => /^(crew|task|agent)-start$/.test(type)).map(({ runId }) => String(runId));
    expect(new Set(ids).size).toBe(4);
    const [outermost = '', ...inner] = ids;
    expect(outermost).toMatch(/^[\da-f-]{36}$/);
    for (const id of inner) expect(id.startsWith(`${outermost}/task/1/`)).toBe(true);
    for (const id of ids) expect(() => new Headers({ 'idempotency-key': id })).not.toThrow();
    for (const id of ids) expect(id).toMatch(/^[!-~]+$/);
  });

  it("equal the outermost run's id when there is no run around it", async () => {
    const steps = new Journal();
    const { charge, keys } = till();
    const llm = new ScriptedLLM([callsTo(['charge', { name: 'ann' }]), 'Done.']);
    await new Agent({ ...persona, llm, tools: [charge] }).executeTask(
      { description: 'x', expectedOutput: 'y' },
      { steps },
    );
    expect(keys.get('ann')).toBe(steps.ids[0]);
  });
});
