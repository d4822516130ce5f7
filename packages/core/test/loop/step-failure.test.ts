import { Agent, ConnectionError, Crew, CrewError, runToolLoop, Task, TimeoutError, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { Journal } from '../journal.ts';
import { callsTo, counted, ScriptedLLM } from '../scripted-llm.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
const task = { description: 'Where is Emma?', expectedOutput: 'A shelf' };

/** A journal that always fails at one step, or at each pause. */
class LosingJournal extends Journal {
  readonly asked: string[] = [];
  readonly at: string;
  readonly lost: unknown;

  constructor(at: string, lost: unknown = new Error('journal: lost the lease')) {
    super();
    this.at = at;
    this.lost = lost;
  }

  override async run<T>(name: string, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.asked.push(name);
    if (name.endsWith(this.at)) throw this.lost;
    return super.run(name, action);
  }

  override async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.at === 'sleep') throw this.lost;
    return super.sleep(milliseconds, signal);
  }
}

const find = tool({ name: 'find', description: 'Finds.', parameters: { type: 'object' }, execute: () => 'shelf 3' });

describe('failing step runner', () => {
  it('ends the run without a retry when the step runner fails at a model turn', async () => {
    const steps = new LosingJournal('turn/1');
    const llm = new ScriptedLLM(['never']);
    const run = new Agent({ ...persona, llm }).executeTask(task, { steps });
    await expect(run).rejects.toMatchObject({
      code: 'STEP_RUNNER',
      message: 'The step runner failed at step "turn/1": journal: lost the lease',
      cause: steps.lost,
      messages: [{ role: 'system' }, { role: 'user' }],
    });
    expect(steps.asked).toEqual(['turn/1']);
    expect(steps.sleeps).toEqual([]);
  });

  it('ends the run without informing the model when the step runner fails at a tool', async () => {
    const steps = new LosingJournal('tool/1/1');
    const llm = new ScriptedLLM([callsTo(['find', {}]), 'never']);
    const run = new Agent({ ...persona, llm, tools: [find] }).executeTask(task, { steps });
    await expect(run).rejects.toMatchObject({ cause: steps.lost, messages: [{}, {}, {}, { content: 'cancelled' }] });
    expect(llm.requests).toHaveLength(1);
    expect([...steps.steps.keys()]).toEqual(['turn/1']);
  });

  it.each([
    ['when the step runner fails at a coworker’s turn', 'delegate/id-0/turn/1', undefined],
    ['when the step runner fails at a coworker’s tool', 'delegate/id-0/tool/1/1', undefined],
    ['when the step runner fails at a coworker’s pause', 'sleep', new ConnectionError('lost')],
  ])("ends the crew's run %s: the manager is not informed, and no wrong answer is recorded", async (_at, at, first) => {
    const steps = new LosingJournal(at);
    const managerLLM = new ScriptedLLM([
      callsTo(['delegate_work_to_coworker', { coworker: 'Librarian', task: 'Look', context: 'A novel.' }]),
      counted('never'),
    ]);
    const llm = new ScriptedLLM([...(first ? [first] : []), callsTo(['find', {}]), 'Shelf 3.']);
    const agent = new Agent({ ...persona, llm, tools: [find] });
    const crew = new Crew({ agents: [agent], tasks: [new Task(task)], process: 'hierarchical', managerLLM });
    const error = await crew.kickoff({ steps }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STEP_RUNNER', cause: steps.lost });
    expect(CrewError.isInstance(error) && error.messages?.at(-1)).toMatchObject({
      role: 'tool',
      content: 'cancelled',
    });
    expect(managerLLM.requests).toHaveLength(1);
    expect([...steps.steps.values()].join()).not.toContain('lease');
  });

  it("ends the run with the class of the error that the step runner failed with, even if a model's error of it were retried", async () => {
    const lost = new TimeoutError('The journal took too long.', { deadline: 'journal' });
    const steps = new LosingJournal('turn/1', lost);
    const run = new Agent({ ...persona, llm: new ScriptedLLM(['never']) }).executeTask(task, { steps });
    await expect(run).rejects.toMatchObject({ name: 'TimeoutError', deadline: 'journal', cause: lost });
    expect(steps.asked).toEqual(['turn/1']);
    expect(lost).not.toHaveProperty('messages');
  });

  it("does not mistake a failure of the step runner for a provider's context overflow", async () => {
    const steps = new LosingJournal('turn/1', new Error('maximum context length of the journal'));
    const llm = new ScriptedLLM(['never'], { contextWindow: 4_000 });
    await expect(runToolLoop(llm, { messages: 'Go', steps })).rejects.toMatchObject({ cause: steps.lost });
    expect(steps.asked).toEqual(['turn/1']);
  });

  it('ends the task with the failure of the step runner at a guardrail', async () => {
    const steps = new LosingJournal('guardrail/1');
    const agent = new Agent({ ...persona, llm: new ScriptedLLM(['Shelf 3.']) });
    const run = new Task({ ...task, agent, guardrail: () => true }).execute({ steps });
    await expect(run).rejects.toMatchObject({ code: 'STEP_RUNNER', cause: steps.lost });
  });
});

describe('failing step', () => {
  it('does not treat an error of a step as a failure of the runner that passes it on', async () => {
    const thrown = new Error('the guardrail broke');
    const agent = new Agent({ ...persona, llm: new ScriptedLLM(['Shelf 3.']) });
    const guardrail = () => {
      throw thrown;
    };
    const run = new Task({ ...task, agent, guardrail, name: 'Find' }).execute({ steps: new Journal() });
    await expect(run).rejects.toMatchObject({
      code: 'UNEXPECTED',
      message: 'A guardrail of task "Find" failed: the guardrail broke',
      cause: thrown,
    });
  });
});
