import assert from 'node:assert/strict';
import type { ToolDefinition } from '@crew/core';
import { type Check, guide } from '../check/check.ts';
import type { ScriptedTurn } from '../wire-format.ts';

const tools: readonly ToolDefinition[] = ['add', 'multiply'].map(name => ({
  name,
  description: `Knows how to ${name} two numbers.`,
  parameters: {
    type: 'object',
    properties: { a: { type: 'number' }, b: { type: 'number' } },
    required: ['a', 'b'],
  },
}));

const calls: NonNullable<ScriptedTurn['toolCalls']> = [
  { id: 'call_a', name: 'add', arguments: { a: 2, b: 3 } },
  { id: 'call_b', name: 'multiply', arguments: { a: 4, b: 5 } },
  { id: 'call_c', name: 'add', arguments: { a: 6, b: 7 } },
];

/** How tools are offered, and their calls come back. */
export const toolChecks: readonly Check[] = [
  {
    name: 'it says truly whether it calls functions',
    family: 'contract',
    why: 'Agents choose between tool definitions and the text protocol by what supportsFunctionCalling() says.',
    guide: guide('tools'),
    async run(trial) {
      assert.equal(trial.llm.supportsFunctionCalling(), trial.capabilities.tools ?? true);
      assert.equal(typeof trial.llm.supportsStopWords(), 'boolean');
      const window = trial.llm.getContextWindowSize();
      assert.ok(window > 0, `getContextWindowSize() must be a positive number of tokens, or Infinity; it is ${window}`);
    },
  },
  {
    name: 'tools without functions resolve to the tool calls',
    family: 'contract',
    why: 'Agents run the tools themselves: calls that do not come back are work that is never done.',
    guide: guide('tools'),
    requires: ['tools'],
    async run(trial) {
      trial.reply(trial.modelTurn({ toolCalls: calls }), trial.modelTurn({ toolCalls: calls }));
      const turn = await trial.llm.call('Calculate.', { tools });
      assert.ok(typeof turn === 'object', 'call() with tools and no functions must resolve to an AssistantTurn');
      const expected = calls.map(call => ({ ...call, arguments: JSON.stringify(call.arguments) }));
      assert.deepEqual(turn.toolCalls?.map(readable), expected.map(readable), 'all calls must come back, in order');
      const generation = await trial.llm.generate('Calculate.', { tools });
      assert.deepEqual(generation.toolCalls.map(readable), expected.map(readable));
      assert.deepEqual(trial.decodedRequest(0).tools, ['add', 'multiply'], 'all tools must be offered to the model');
    },
  },
  {
    name: 'tools with functions are run, and every call is answered once',
    family: 'contract',
    why: 'Providers refuse a conversation in which a tool call has no answer, or two.',
    guide: guide('tools'),
    requires: ['tools'],
    async run(trial) {
      trial.reply(trial.modelTurn({ toolCalls: calls }), trial.modelTurn('5, 20 and 13.'));
      const ran: string[] = [];
      const compute = (name: string, operate: (a: number, b: number) => number) => (input: object) => {
        ran.push(name);
        const { a, b } = input as { readonly a: number; readonly b: number };
        return operate(a, b);
      };
      const answer = await trial.llm.call('Calculate.', {
        tools,
        availableFunctions: { add: compute('add', (a, b) => a + b), multiply: compute('multiply', (a, b) => a * b) },
      });
      assert.equal(answer, '5, 20 and 13.', 'call() with functions must resolve to the final text');
      assert.deepEqual(ran.sort(), ['add', 'add', 'multiply'], 'each call must be run once');
      const { messages } = trial.decodedRequest(1);
      const asked = messages.flatMap(message => (message.role === 'assistant' ? (message.toolCalls ?? []) : []));
      assert.deepEqual(
        asked.map(({ id }) => id),
        ['call_a', 'call_b', 'call_c'],
        'the next request must repeat all calls in one assistant message',
      );
      const answers = messages.flatMap(message =>
        message.role === 'tool' ? [[message.toolCallId, message.content]] : [],
      );
      assert.deepEqual(answers, [
        ['call_a', '5'],
        ['call_b', '20'],
        ['call_c', '13'],
      ]);
    },
  },
  {
    name: 'a tool that throws is told to the model',
    family: 'contract',
    why: 'A model that reads what went wrong can try something else; a run that ends cannot.',
    guide: guide('tools'),
    requires: ['tools'],
    async run(trial) {
      const [call] = calls;
      assert.ok(call);
      trial.reply(trial.modelTurn({ toolCalls: [call] }), trial.modelTurn('I cannot add today.'));
      const add = (): never => {
        throw new Error('the adder is broken');
      };
      const answer = await trial.llm.call('Calculate.', { tools, availableFunctions: { add, multiply: add } });
      assert.equal(answer, 'I cannot add today.');
      const told = trial.decodedRequest(1).messages.find(({ role }) => role === 'tool');
      assert.match(String(told?.content), /the adder is broken/);
    },
  },
];

/** The arguments as a value: how they are spaced is the provider's affair. */
function readable({ id, name, arguments: text }: { id: string; name: string; arguments: string }): unknown[] {
  return [id, name, JSON.parse(text)];
}
