import assert from 'node:assert/strict';
import { delayed } from '@crew/test-endpoint';
import { type Check, guide } from '../check/check.ts';

const CALLS = 12;

/** One call's independence of all others. */
export const isolationChecks: readonly Check[] = [
  {
    name: 'calls made together do not mix',
    family: 'contract',
    why: 'One user’s question, or answer, would be another’s.',
    guide: guide('concurrency'),
    async run(trial) {
      trial.always = request => {
        const number = Number(String(trial.wire.read(request).messages.at(-1)?.content).slice('Question '.length));
        const reply = trial.says(`Answer ${number}`)(request);
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
        const { messages, stop } = trial.wire.read(request);
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
      trial.answer(trial.says('One.'), trial.says('Two.'));
      await trial.llm.generate('first');
      await trial.llm.generate('second');
      assert.deepEqual(trial.read(1).messages, [{ role: 'user', content: 'second' }]);
    },
  },
];
