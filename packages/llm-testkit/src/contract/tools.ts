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
  { id: 'callA0001', name: 'add', arguments: { a: 2, b: 3 } },
  { id: 'callB0001', name: 'multiply', arguments: { a: 4, b: 5 } },
  { id: 'callC0001', name: 'add', arguments: { a: 6, b: 7 } },
];

/** Checks of tool definitions, tool calls and their results. */
export const toolChecks: readonly Check[] = [
  {
    name: 'reports correctly whether it calls functions',
    family: 'contract',
    why: 'The result of supportsFunctionCalling() decides whether agents use tool definitions or the ReAct protocol.',
    guide: guide('tools'),
    async run(trial) {
      assert.equal(trial.llm.supportsFunctionCalling(), trial.capabilities.tools ?? true);
      assert.equal(typeof trial.llm.supportsStopWords(), 'boolean');
      const window = trial.llm.getContextWindowSize();
      assert.ok(
        window > 0,
        `getContextWindowSize() must return a positive number of tokens or Infinity, not ${window}`,
      );
    },
  },
  {
    name: 'returns the tool calls when tools are passed without functions',
    family: 'contract',
    why: 'Agents run the tools themselves, so a tool call that is not returned is never executed.',
    guide: guide('tools'),
    requires: ['tools'],
    async run(trial) {
      trial.reply(trial.modelTurn({ toolCalls: calls }), trial.modelTurn({ toolCalls: calls }));
      const turn = await trial.llm.call('Calculate.', { tools });
      assert.ok(typeof turn === 'object', 'call() with tools and no functions must resolve to an AssistantTurn');
      const expected = calls.map(call => ({ ...call, arguments: JSON.stringify(call.arguments) }));
      assert.deepEqual(
        turn.toolCalls?.map(parseCall),
        expected.map(parseCall),
        'all tool calls must be returned in order',
      );
      const generation = await trial.llm.generate('Calculate.', { tools });
      assert.deepEqual(generation.toolCalls.map(parseCall), expected.map(parseCall));
      assert.deepEqual(trial.decodedRequest(0).tools, ['add', 'multiply'], 'all tools must be offered to the model');
    },
  },
  {
    name: 'runs the functions of the tools and answers every tool call once',
    family: 'contract',
    why: 'Providers reject a conversation in which a tool call has no result, or two results.',
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
      const reply = await trial.llm.call('Calculate.', {
        tools,
        availableFunctions: { add: compute('add', (a, b) => a + b), multiply: compute('multiply', (a, b) => a * b) },
      });
      assert.equal(reply, '5, 20 and 13.', 'call() with functions must resolve to the final text');
      assert.deepEqual(ran.sort(), ['add', 'add', 'multiply'], 'each tool call must be executed once');
      const { messages } = trial.decodedRequest(1);
      const repeatedCalls = messages.flatMap(message =>
        message.role === 'assistant' ? (message.toolCalls ?? []) : [],
      );
      assert.deepEqual(
        repeatedCalls.map(({ id }) => id),
        ['callA0001', 'callB0001', 'callC0001'],
        'the next request must repeat all calls in one assistant message',
      );
      const toolResults = messages.flatMap(message =>
        message.role === 'tool' ? [[message.toolCallId, message.content]] : [],
      );
      assert.deepEqual(toolResults, [
        ['callA0001', '5'],
        ['callB0001', '20'],
        ['callC0001', '13'],
      ]);
    },
  },
  {
    name: 'reports the error of a tool that throws to the model',
    family: 'contract',
    why: 'A model that receives the error can try something else; a run that ends cannot.',
    guide: guide('tools'),
    requires: ['tools'],
    async run(trial) {
      const [call] = calls;
      assert.ok(call);
      trial.reply(trial.modelTurn({ toolCalls: [call] }), trial.modelTurn('I cannot add today.'));
      const add = (): never => {
        throw new Error('the adder is broken');
      };
      const reply = await trial.llm.call('Calculate.', { tools, availableFunctions: { add, multiply: add } });
      assert.equal(reply, 'I cannot add today.');
      const result = trial.decodedRequest(1).messages.find(({ role }) => role === 'tool');
      assert.match(String(result?.content), /the adder is broken/);
    },
  },
];

/** Parses the arguments of a call, because their white space may differ between providers. */
function parseCall({ id, name, arguments: text }: { id: string; name: string; arguments: string }): unknown[] {
  return [id, name, JSON.parse(text)];
}
