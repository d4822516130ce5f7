import assert from 'node:assert/strict';
import { CrewError } from '@crew/core';
import { redirect, startEndpoint, text } from '@crew/test-endpoint';
import { rejectsWith } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';

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
        trial.harness.forbidOrigin(elsewhere);
        for (const code of [302, 307, 308] as const) {
          trial.defaultReply = redirect(code, `${elsewhere.origin}/v1/chat/completions`);
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

/** Who is spoken to. */
export const serverIdentityChecks: readonly Check[] = [
  {
    name: 'a server is trusted by the authority that was given',
    family: 'transport',
    why: 'Companies sign the certificates of their gateways themselves.',
    guide: guide('server-certificates'),
    requires: ['privateAuthority'],
    trial: { tls: 'trusted' },
    async run(trial) {
      trial.reply(trial.modelTurn('Welcome.'));
      assert.equal((await trial.llm.generate('Hello')).text, 'Welcome.');
    },
  },
  {
    name: 'a server that nobody vouches for gets nothing',
    family: 'transport',
    why: 'Whoever stands between would read the credential and the conversation.',
    guide: guide('server-certificates'),
    trial: { tls: 'unknown' },
    async run(trial) {
      trial.defaultReply = trial.modelTurn('Welcome.');
      await rejectsWith(CrewError, trial.llm.generate('Hello'), 'when the certificate is signed by a stranger');
      assert.equal(trial.endpoint.requests.length, 0, 'no request may be sent');
    },
  },
];
