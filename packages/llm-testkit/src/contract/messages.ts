import assert from 'node:assert/strict';
import type { Message } from '@crew/core';
import { delayed } from '@crew/test-endpoint';
import { type Check, guide } from '../check/check.ts';

const conversation: readonly Message[] = [
  { role: 'system', content: 'You are brief.' },
  { role: 'user', content: 'What is 2 + 3?' },
  { role: 'assistant', content: '', toolCalls: [{ id: 'call_7', name: 'add', arguments: '{"a":2,"b":3}' }] },
  { role: 'tool', toolCallId: 'call_7', content: '5' },
  { role: 'assistant', content: 'It is 5.' },
  { role: 'user', content: 'And "zwölf" – 世界 – \u{1f600}?' },
];

/** What becomes of a prompt. */
export const messageChecks: readonly Check[] = [
  {
    name: 'a string is sent as one user message',
    family: 'contract',
    why: 'Callers who pass a string would otherwise ask nothing, or something else.',
    guide: guide('messages'),
    async run(trial) {
      trial.reply(trial.modelTurn('Good morning.'));
      const { text } = await trial.llm.generate('Say good morning.');
      assert.equal(text, 'Good morning.', 'generate() must resolve to what the model said');
      assert.deepEqual(trial.decodedRequest(0).messages, [{ role: 'user', content: 'Say good morning.' }]);
    },
  },
  {
    name: 'a list of messages arrives whole and in order',
    family: 'contract',
    why: 'A model that does not see the whole conversation answers another question.',
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
    name: 'what the caller passed is never changed',
    family: 'contract',
    why: 'A caller who uses the list again would send what the adapter wrote into it.',
    guide: guide('messages'),
    async run(trial) {
      const messages = structuredClone(conversation).slice(0, 2);
      const options = { stop: ['END'], temperature: 0.5 };
      const before = structuredClone({ messages, options });
      trial.reply(trial.modelTurn('Five.'), trial.modelTurn('Five.'));
      await trial.llm.call(messages, options);
      await trial.llm.generate(messages, options);
      assert.deepEqual({ messages, options }, before, 'the messages and options must be as the caller made them');
    },
  },
  {
    name: 'a message changed between two calls is sent as it is then',
    family: 'contract',
    why: 'An adapter that remembers messages by their identity sends what they were long ago.',
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

/** One call's independence of all others. */
export const isolationChecks: readonly Check[] = [
  {
    name: 'calls made together do not mix',
    family: 'contract',
    why: 'One user’s question, or answer, would be another’s.',
    guide: guide('concurrency'),
    async run(trial) {
      trial.defaultReply = request => {
        const number = Number(
          String(trial.wireFormat.decodeRequest(request).messages.at(-1)?.content).slice('Question '.length),
        );
        const reply = trial.modelTurn(`Answer ${number}`)(request);
        // The last question is answered first.
        return delayed(reply, { headers: (CALLS - number) * 8 });
      };
      const numbers = Array.from({ length: CALLS }, (_, index) => index);
      const answers = await Promise.all(
        numbers.map(number => trial.llm.generate(`Question ${number}`, { stop: [`END-${number}`] })),
      );
      assert.deepEqual(
        answers.map(({ text }) => text),
        numbers.map(number => `Answer ${number}`),
        'each call must get the answer to its own question',
      );
      for (const request of trial.requests) {
        const { messages, stop } = trial.wireFormat.decodeRequest(request);
        assert.equal(messages.length, 1, 'a request must hold the messages of its own call alone');
        const own = String(messages[0]?.content).replace('Question ', 'END-');
        if (trial.llm.supportsStopWords()) assert.deepEqual(stop, [own], 'stop words belong to one call');
      }
    },
  },
  {
    name: 'a call knows nothing of the calls before it',
    family: 'contract',
    why: 'An LLM that keeps a conversation of its own sends what earlier callers wrote.',
    guide: guide('concurrency'),
    async run(trial) {
      trial.reply(trial.modelTurn('One.'), trial.modelTurn('Two.'));
      await trial.llm.generate('first');
      await trial.llm.generate('second');
      assert.deepEqual(trial.decodedRequest(1).messages, [{ role: 'user', content: 'second' }]);
    },
  },
];
