// Every way of calling a model counts and reports each turn once.
import { Agent, type BaseLLM, type CrewEvent, runToolLoop, Task, tool, wrapLLM } from '@crew/core';
import { HttpLLM } from '@crew/llm-http';
import { startEndpoint, text, toolCalls } from '@crew/llm-testkit';
import { expect, it } from 'vitest';

const usage = { prompt_tokens: 10, completion_tokens: 3 };
const add = tool({
  name: 'add',
  description: 'Adds.',
  parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
  execute: ({ a, b }) => Number(a) + Number(b),
});
const definition = { name: add.name, description: add.description, parameters: add.parameters };
const availableFunctions = { add: ({ a, b }: { a: number; b: number }) => a + b };
const task = taskOf();

type Callbacks = readonly ((event: CrewEvent) => void)[];
const paths: readonly [string, turns: number, ask: (llm: BaseLLM, callbacks: Callbacks) => Promise<unknown>][] = [
  ['call', 1, (llm, callbacks) => llm.call('Add.', { callbacks })],
  [
    'call with functions',
    2,
    (llm, callbacks) => llm.call('Add.', { callbacks, tools: [definition], availableFunctions }),
  ],
  ['generate', 1, (llm, callbacks) => llm.generate('Add.', { callbacks })],
  ['stream', 1, (llm, callbacks) => drain(llm.stream('Add.', { callbacks }))],
  ['the loop', 2, (llm, callbacks) => runToolLoop(llm, { messages: 'Add.', tools: [add], callbacks })],
  ['an agent', 2, (llm, callbacks) => agent(llm).executeTask(task, { callbacks })],
  ["an agent's stream", 2, (llm, callbacks) => drain(agent(llm).stream(task, { callbacks }))],
  ['a task', 2, (llm, callbacks) => taskOf(agent(llm)).execute({ callbacks })],
];

function taskOf(agent?: Agent): Task {
  return new Task({ description: 'Add 1 and 2.', expectedOutput: 'A number.', agent });
}

function agent(llm: BaseLLM): Agent {
  return new Agent({ role: 'Clerk', goal: 'Add', backstory: 'You add.', llm, tools: [add] });
}

async function drain(parts: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of parts);
}

it.each(
  paths.flatMap(([name, turns, ask]) => [
    [name, turns, ask, (llm: BaseLLM) => llm] as const,
    [`${name}, through a wrapper`, turns, ask, (llm: BaseLLM) => wrapLLM(llm, {})] as const,
  ]),
)('%s counts and reports each turn once', async (_name, turns, ask, wrap) => {
  const calls = toolCalls([{ name: 'add', arguments: { a: 1, b: 2 } }], { usage });
  await using endpoint = await startEndpoint({ replies: [...(turns === 2 ? [calls] : []), text('3', { usage })] });
  await using inner = new HttpLLM({ endpoint: endpoint.url });
  const llm = wrap(inner);
  const heard: CrewEvent[] = [];
  const own: CrewEvent[] = [];
  for (const type of ['turn-start', 'turn-finish', 'turn-error'] as const) llm.on(type, event => own.push(event));
  await ask(llm, [event => heard.push(event)]);

  const expected = Array.from({ length: turns }, () => ['turn-start', 'turn-finish']).flat();
  expect(heard.filter(({ type }) => /^turn-(?:start|finish|error)$/.test(type)).map(({ type }) => type)).toEqual(
    expected,
  );
  expect(own.map(({ type }) => type)).toEqual(expected);
  expect(llm.usage).toEqual({ inputTokens: 10 * turns, outputTokens: 3 * turns });
  expect(endpoint.requests).toHaveLength(turns);
  // Only the outer LLM counts.
  if (llm !== inner) expect(inner.usage).toEqual({ inputTokens: 0, outputTokens: 0 });
});
