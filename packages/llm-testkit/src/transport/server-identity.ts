import assert from 'node:assert/strict';
import { CrewError } from '@crew/core';
import { type Check, guide } from '../check/check.ts';
import { rejectsWith } from '../check/expect.ts';

/** Who is spoken to. */
export const serverIdentityChecks: readonly Check[] = [
  {
    name: 'a server is trusted by the authority that was given',
    family: 'transport',
    why: 'Companies sign the certificates of their gateways themselves.',
    guide: guide('server-certificates'),
    needs: ['privateAuthority'],
    trial: { tls: 'trusted' },
    async run(trial) {
      trial.answer(trial.says('Welcome.'));
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
      trial.always = trial.says('Welcome.');
      await rejectsWith(CrewError, trial.llm.generate('Hello'), 'when the certificate is signed by a stranger');
      assert.equal(trial.endpoint.requests.length, 0, 'no request may be sent');
    },
  },
];
