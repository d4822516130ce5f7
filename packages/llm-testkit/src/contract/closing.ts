import { CrewError } from '@crew/core';
import { neverAnswers } from '@crew/test-endpoint';
import { type Check, guide } from '../check/check.ts';
import { rejectsPromptly } from '../check/expect.ts';
import { PROMPTLY, within } from '../trial/within.ts';

/** The end of an LLM. */
export const closingChecks: readonly Check[] = [
  {
    name: 'close() may be called again',
    family: 'contract',
    why: 'A program’s shutdown often closes the same thing from two places.',
    guide: guide('closing'),
    async run(trial) {
      trial.answer(trial.says('Hello.'));
      await trial.llm.generate('Hello');
      await within(PROMPTLY, trial.llm.close(), 'close()');
      await within(PROMPTLY, trial.llm.close(), 'The second close()');
    },
  },
  {
    name: 'close() ends the calls under way, and every connection',
    family: 'contract',
    why: 'A connection that is left open keeps a finished program running.',
    guide: guide('closing'),
    needs: ['ownConnections'],
    async run(trial) {
      trial.answer(trial.says('Hello.'), neverAnswers());
      await trial.llm.generate('Hello');
      const call = trial.llm.generate('Take your time.');
      call.catch(() => undefined);
      await trial.whenRequested(2);
      const closing = trial.llm.close();
      await rejectsPromptly(CrewError, call, 'when the LLM is closed');
      await within(PROMPTLY, closing, 'close()');
      await within(PROMPTLY, trial.endpoint.whenIdle(), 'The end of every connection');
    },
  },
];
