import { Agent, ConfigurationError, Crew, type CrewEvent, type Inputs, Task } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { ScriptedLLM } from '../scripted-llm.ts';

interface Texts {
  readonly role?: string;
  readonly goal?: string;
  readonly backstory?: string;
  readonly description?: string;
  readonly expectedOutput?: string;
}

function crewOf({ role = 'R', goal = 'G', backstory = 'B', description = 'D', expectedOutput = 'E' }: Texts) {
  const llm = new ScriptedLLM(() => 'done');
  const agent = new Agent({ role, goal, backstory, llm });
  return { llm, crew: new Crew({ tasks: [new Task({ description, expectedOutput, agent })] }) };
}

/** Returns the prompt for a task with this description. */
async function promptFor(description: string, inputs: Inputs): Promise<string> {
  const { llm, crew } = crewOf({ description });
  await crew.kickoff({ inputs });
  const content = String(llm.requests[0]?.messages.at(-1)?.content);
  return content.slice('Current Task: '.length, content.indexOf('\n\nThis is the expected criteria'));
}

describe('inputs', () => {
  it('are filled in everywhere: role, goal, backstory, description, expected output', async () => {
    const { llm, crew } = crewOf({
      role: '{topic} expert',
      goal: 'Know {topic}',
      backstory: 'Years of {topic}',
      description: 'Explain {topic} to {reader-1} in {max_words} words',
      expectedOutput: 'A text on {topic}',
    });
    await crew.kickoff({ inputs: { topic: 'bees', 'reader-1': 'children', max_words: 50 } });
    const [system, user] = llm.requests[0]?.messages ?? [];
    expect(system?.content).toBe('You are bees expert. Years of bees\nYour personal goal is: Know bees');
    expect(user?.content).toContain('Explain bees to children in 50 words');
    expect(user?.content).toContain('final answer: A text on bees\n');
  });

  it.each<[keyof Texts, RegExp]>([
    ['role', /role of agent "\{x\}"/],
    ['goal', /goal of agent "R"/],
    ['backstory', /backstory of agent "R"/],
    ['description', /description of task "\{x\}"/],
    ['expectedOutput', /expectedOutput of task "D"/],
  ])('reports an input that is missing in %s before any request', async (part, message) => {
    const { llm, crew } = crewOf({ [part]: '{x}' });
    const events: CrewEvent[] = [];
    const run = crew.kickoff({ inputs: { y: 1 }, callbacks: [event => void events.push(event)] });
    await expect(run).rejects.toBeInstanceOf(ConfigurationError);
    await expect(run).rejects.toThrow(message);
    await expect(run).rejects.toThrow(/requires the input "x", which is missing/);
    expect(llm.requests).toHaveLength(0);
    expect(events).toEqual([]);
  });

  it('are required by a kickoff without inputs', async () => {
    await expect(crewOf({ description: '{x}' }).crew.kickoff()).rejects.toThrow(/the input "x"/);
  });

  it.each(['{constructor}', '{__proto__}', '{toString}'])(
    'are read from own properties only: %s is missing',
    async description => {
      await expect(crewOf({ description }).crew.kickoff({ inputs: {} })).rejects.toThrow(/which is missing/);
    },
  );

  it.each([
    ['{"a": 1, "b": {"c": [2]}}'],
    ['{ x }'],
    ['{}'],
    ['{{}}'],
    ['function () { return x; }'],
    ['^\\d{4}$'],
    ['{x.y}'],
    ['{x y}'],
    ['{ä}'],
  ])('leave other braces unchanged: %j', async text => {
    expect(await promptFor(text, { x: 'X' })).toBe(text);
  });

  it('are filled in inside JSON', async () => {
    expect(await promptFor('{"topic": "{x}"}', { x: 'bees' })).toBe('{"topic": "bees"}');
  });

  it('can be any JSON value', async () => {
    const inputs = { text: 'a "b"', number: 1.5, yes: true, none: null, list: [1, 'two'], object: { a: 1 } };
    expect(await promptFor('{text} {number} {yes} {none} {list} {object}', inputs)).toBe(
      'a "b" 1.5 true null [1,"two"] {"a":1}',
    );
  });

  it('are not searched for placeholders themselves', async () => {
    expect(await promptFor('{a} {b}', { a: '{b}', b: '{a} $& $1 $$' })).toBe('{b} {a} $& $1 $$');
  });

  it('are not filled into the outputs of earlier tasks', async () => {
    const llm = new ScriptedLLM(['I say {x} and {y}.', 'done']);
    const agent = new Agent({ role: 'R', goal: 'G', backstory: 'B', llm });
    const tasks = ['{x}', 'Go on'].map(description => new Task({ description, expectedOutput: 'E', agent }));
    await new Crew({ tasks }).kickoff({ inputs: { x: 'X' } });
    expect(llm.requests[1]?.messages.at(-1)?.content).toContain('I say {x} and {y}.');
  });

  it('are separate for each kickoff, even at once', async () => {
    const { llm, crew } = crewOf({ role: 'Expert on {x}', description: 'Explain {x}' });
    await crew.kickoff({ inputs: { x: 'bees' } });
    await Promise.all(['cats', 'dogs'].map(x => crew.kickoff({ inputs: { x } })));
    const asked = llm.requests.map(({ messages }) => messages.map(({ content }) => content).join('\n'));
    for (const [index, x] of ['bees', 'cats', 'dogs'].entries()) {
      expect(asked[index]).toContain(`You are Expert on ${x}.`);
      expect(asked[index]).toContain(`Explain ${x}`);
    }
    expect(crew.tasks[0]?.description).toBe('Explain {x}');
    expect(crew.agents[0]?.role).toBe('Expert on {x}');
  });
});
