import assert from 'node:assert/strict';
import type { Message } from '@crew/core';
import { delayed } from '@crew/test-endpoint';
import { type Check, guide } from '../check/check.ts';

const conversation: readonly Message[] = [
  { role: 'system', content: 'You are brief.' },
  { role: 'user', content: 'What is 2 + 3?' },
  { role: 'assistant', content: '', toolCalls: [{ id: 'callSeven', name: 'add', arguments: '{"a":2,"b":3}' }] },
  { role: 'tool', toolCallId: 'callSeven', content: '5' },
  { role: 'assistant', content: 'It is 5.' },
  { role: 'user', content: 'And "zwölf" – 世界 – \u{1f600}?' },
];

/** Checks of the messages that an adapter sends. */
export const messageChecks: readonly Check[] = [
  {
    name: 'sends a string as one user message',
    family: 'contract',
    why: 'Otherwise callers who pass a string send an empty or different prompt.',
    guide: guide('messages'),
    async run(trial) {
      trial.reply(trial.modelTurn('Good morning.'));
      const { text } = await trial.llm.generate('Say good morning.');
      assert.equal(text, 'Good morning.', 'generate() must resolve to the text of the model');
      assert.deepEqual(trial.decodedRequest(0).messages, [{ role: 'user', content: 'Say good morning.' }]);
    },
  },
  {
    name: 'sends every message of a list in order',
    family: 'contract',
    why: 'A model that does not receive the whole conversation answers a different question.',
    guide: guide('messages'),
    async run(trial) {
      const { tools = true } = trial.capabilities;
      const sent = tools ? conversation : conversation.filter(({ role }) => role !== 'tool').map(stripToolCalls);
      trial.reply(trial.modelTurn('Twelve.'));
      await trial.llm.generate(sent);
      assert.deepEqual(trial.decodedRequest(0).messages, sent);
    },
  },
  {
    name: 'never changes the messages and options of the caller',
    family: 'contract',
    why: 'Otherwise a caller who reuses the list sends what the adapter added to it.',
    guide: guide('messages'),
    async run(trial) {
      const messages = structuredClone(conversation).slice(0, 2);
      const options = { stop: ['END'], temperature: 0.5 };
      const before = structuredClone({ messages, options });
      trial.reply(trial.modelTurn('Five.'), trial.modelTurn('Five.'));
      await trial.llm.call(messages, options);
      await trial.llm.generate(messages, options);
      assert.deepEqual({ messages, options }, before, 'the messages and options must stay as the caller created them');
    },
  },
  {
    name: 'sends the current content of a message that changed between two calls',
    family: 'contract',
    why: 'An adapter that caches messages by identity sends outdated content.',
    guide: guide('messages'),
    async run(trial) {
      const message = { role: 'user' as const, content: 'first' };
      const messages = [message];
      trial.reply(trial.modelTurn('1'), trial.modelTurn('2'));
      await trial.llm.call(messages);
      message.content = 'second';
      await trial.llm.call(messages);
      assert.equal(trial.decodedRequest(1).messages[0]?.content, 'second');
    },
  },
];

function stripToolCalls(message: Message): Message {
  return message.role === 'assistant' ? { role: 'assistant', content: message.content || 'Five.' } : message;
}

const CALLS = 12;

/** Checks of the independence of calls. */
export const isolationChecks: readonly Check[] = [
  {
    name: 'keeps concurrent calls apart',
    family: 'contract',
    why: 'Otherwise one user receives the answer to the question of another.',
    guide: guide('concurrency'),
    async run(trial) {
      trial.defaultReply = request => {
        const number = Number(
          String(trial.wireFormat.decodeRequest(request).messages.at(-1)?.content).slice('Question '.length),
        );
        const reply = trial.modelTurn(`Answer ${number}`)(request);
        // The last question gets its answer first.
        return delayed(reply, { headers: (CALLS - number) * 8 });
      };
      const numbers = Array.from({ length: CALLS }, (_, index) => index);
      const answers = await Promise.all(
        numbers.map(number => trial.llm.generate(`Question ${number}`, { stop: [`END-${number}`] })),
      );
      assert.deepEqual(
        answers.map(({ text }) => text),
        numbers.map(number => `Answer ${number}`),
        'each call must receive the answer to its own question',
      );
      for (const request of trial.requests) {
        const { messages, stop } = trial.wireFormat.decodeRequest(request);
        assert.equal(messages.length, 1, 'a request must contain only the messages of its own call');
        const own = String(messages[0]?.content).replace('Question ', 'END-');
        if (trial.llm.supportsStopWords())
          assert.deepEqual(stop, [own], 'a request must contain only the stop words of its own call');
      }
    },
  },
  {
    name: 'sends nothing of earlier calls with a new call',
    family: 'contract',
    why: 'An LLM that stores the conversation sends what earlier callers wrote.',
    guide: guide('concurrency'),
    async run(trial) {
      trial.reply(trial.modelTurn('One.'), trial.modelTurn('Two.'));
      await trial.llm.generate('first');
      await trial.llm.generate('second');
      assert.deepEqual(trial.decodedRequest(1).messages, [{ role: 'user', content: 'second' }]);
    },
  },
];
