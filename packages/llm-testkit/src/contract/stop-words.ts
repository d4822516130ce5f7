import assert from 'node:assert/strict';
import { type Check, guide } from '../check/check.ts';

/** Stop words of the LLM and of the call. */
export const stopWordChecks: readonly Check[] = [
  {
    name: 'the stop words of the LLM and of the call reach the server',
    family: 'contract',
    why: 'A server that is not told where to stop writes, and charges for, what nobody reads.',
    guide: guide('stop-words'),
    async run(trial) {
      trial.llm.stop = ['Observation:'];
      trial.answer(trial.says('Thought: none.'));
      await trial.llm.generate('Think.', { stop: ['END'] });
      const expected = trial.llm.supportsStopWords() ? ['END', 'Observation:'] : [];
      assert.deepEqual([...trial.read(0).stop].sort(), expected, 'the request must hold the complete list, once each');
    },
  },
  {
    name: 'the reply ends before the first stop word',
    family: 'contract',
    why: 'Agents of the text protocol would read a result that the model made up.',
    guide: guide('stop-words'),
    async run(trial) {
      const written = trial.says('Action: look END Observation: invented');
      trial.answer(written, written);
      const options = { stop: ['Observation:', 'END'] };
      assert.equal((await trial.llm.generate('Think.', options)).text, 'Action: look ');
      let streamed = '';
      for await (const part of trial.llm.stream('Think.', options)) if (part.type === 'text') streamed += part.text;
      assert.equal(streamed, 'Action: look ');
    },
  },
];
