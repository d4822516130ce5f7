import assert from 'node:assert/strict';
import { CrewError } from '@crew/core';
import { redirect, startEndpoint, text } from '@crew/test-endpoint';
import { type Check, guide } from '../check/check.ts';
import { rejectsWith } from '../check/expect.ts';

/** Where a credential must not go. */
export const redirectChecks: readonly Check[] = [
  {
    name: 'redirects are not followed',
    family: 'transport',
    why: 'The credential and the conversation would go wherever the answer points.',
    guide: guide('redirects'),
    async run(trial) {
      const elsewhere = await startEndpoint({ path: '*', respond: () => text('Thank you.') });
      try {
        trial.harness.origin(elsewhere);
        for (const code of [302, 307, 308] as const) {
          trial.always = redirect(code, `${elsewhere.origin}/v1/chat/completions`);
          await rejectsWith(CrewError, trial.llm.generate('Hello'), `when the server redirects (${code})`);
        }
        assert.equal(elsewhere.requests.length, 0, 'the server that the redirect names must get no request');
        trial.harness.assertClean();
      } finally {
        await elsewhere.close();
      }
    },
  },
];
