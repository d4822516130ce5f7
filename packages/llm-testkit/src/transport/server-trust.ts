import assert from 'node:assert/strict';
import { CrewError } from '@crew/core';
import { redirect, startEndpoint, text } from '@crew/test-endpoint';
import { rejectsWith } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';

/** Checks of redirects, which must not carry a credential to another server. */
export const redirectChecks: readonly Check[] = [
  {
    name: 'does not follow redirects',
    family: 'transport',
    why: 'Otherwise the server decides where the credential and the conversation are sent.',
    guide: guide('redirects'),
    async run(trial) {
      const elsewhere = await startEndpoint({ path: '*', respond: () => text('Thank you.') });
      try {
        trial.harness.forbidOrigin(elsewhere);
        for (const code of [302, 307, 308] as const) {
          trial.defaultReply = redirect(code, `${elsewhere.origin}/v1/chat/completions`);
          await rejectsWith(CrewError, trial.llm.generate('Hello'), `when the server redirects (${code})`);
        }
        assert.equal(elsewhere.requests.length, 0, 'the target of the redirect must not receive a request');
        trial.harness.assertClean();
      } finally {
        await elsewhere.close();
      }
    },
  },
];

/** Checks of server certificates. */
export const serverIdentityChecks: readonly Check[] = [
  {
    name: 'trusts a server whose certificate the given authority signed',
    family: 'transport',
    why: 'Companies sign the certificates of their gateways with their own authority.',
    guide: guide('server-certificates'),
    requires: ['privateAuthority'],
    trial: { tls: 'trusted' },
    async run(trial) {
      trial.reply(trial.modelTurn('Welcome.'));
      assert.equal((await trial.llm.generate('Hello')).text, 'Welcome.');
    },
  },
  {
    name: 'sends nothing to a server with an untrusted certificate',
    family: 'transport',
    why: 'Otherwise anyone between client and server can read the credential and the conversation.',
    guide: guide('server-certificates'),
    trial: { tls: 'unknown' },
    async run(trial) {
      trial.defaultReply = trial.modelTurn('Welcome.');
      await rejectsWith(CrewError, trial.llm.generate('Hello'), 'when the authority of the certificate is unknown');
      assert.equal(trial.endpoint.requests.length, 0, 'no request may be sent');
    },
  },
];
