import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { AbortError, CredentialError } from '@crew/core';
import { PROMPT_MS, rejectsPromptly, rejectsWith, within } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';
import type { Trial } from '../trial/trial.ts';

const CALL_COUNT = 16;
/** Time, in milliseconds, within which all calls start to wait. */
const JOIN_MS = 50;

/** Checks of obtaining credentials for concurrent calls and during an outage. */
export const acquisitionChecks: readonly Check[] = [
  {
    name: 'renews the credential once when concurrent calls are refused',
    family: 'credentials',
    why: 'A token server that receives one request per running call locks the client out.',
    guide: guide('obtaining-credentials'),
    requires: ['renewal'],
    async run(trial) {
      trial.defaultReply = trial.modelTurn('Welcome.');
      await trial.llm.generate('First.');
      const before = trial.issuer.issueCount;
      trial.issuer.revoke();
      const calls = Array.from({ length: CALL_COUNT }, (_, index) => trial.llm.generate(`Question ${index}`));
      const answers = await Promise.all(calls);
      assert.equal(answers.length, CALL_COUNT);
      assert.equal(trial.issuer.issueCount - before, 1, `${CALL_COUNT} calls must share one new credential`);
    },
  },
  {
    name: 'obtains one credential for all calls that wait for it',
    family: 'credentials',
    why: 'Otherwise a program that starts with many concurrent calls requests as many tokens.',
    guide: guide('obtaining-credentials'),
    requires: ['renewal'],
    async run(trial) {
      trial.defaultReply = trial.modelTurn('Welcome.');
      const release = trial.issuer.hold();
      const issuing = trial.issuer.whenIssuing();
      const calls = Array.from({ length: CALL_COUNT }, (_, index) => trial.llm.generate(`Question ${index}`));
      for (const call of calls) call.catch(() => undefined);
      await within(PROMPT_MS, issuing, 'The request for a credential');
      await wait(JOIN_MS);
      release();
      await Promise.all(calls);
      assert.equal(trial.issuer.issueCount, 1, `${CALL_COUNT} calls must share one credential`);
    },
  },
  {
    name: 'delivers the credential to the other calls when one of them is aborted',
    family: 'credentials',
    why: 'Otherwise one user who cancels fails the calls of all others that wait.',
    guide: guide('obtaining-credentials'),
    requires: ['renewal'],
    async run(trial) {
      trial.defaultReply = trial.modelTurn('Welcome.');
      const release = trial.issuer.hold();
      const issuing = trial.issuer.whenIssuing();
      const controller = new AbortController();
      const leaving = trial.llm.generate('I leave.', { signal: controller.signal });
      const staying = trial.llm.generate('I stay.');
      for (const call of [leaving, staying]) call.catch(() => undefined);
      await within(PROMPT_MS, issuing, 'The request for a credential');
      await wait(JOIN_MS);
      controller.abort();
      await rejectsPromptly(AbortError, leaving, 'for the aborted call');
      release();
      const { text } = await within(PROMPT_MS, staying, 'The reply to the call that was not aborted');
      assert.equal(text, 'Welcome.');
      assert.equal(trial.issuer.issueCount, 1, 'the other calls must receive the credential that was being obtained');
    },
  },
  {
    name: 'throws a CredentialError during an outage of the issuer and recovers afterwards',
    family: 'credentials',
    why: 'An outage of the token server for a minute must not stop a program permanently.',
    guide: guide('obtaining-credentials'),
    requires: ['renewal'],
    async run(trial) {
      trial.defaultReply = trial.modelTurn('Welcome.');
      trial.issuer.isAvailable = false;
      await rejectsWith(CredentialError, trial.llm.generate('Hello'), 'when no credential can be obtained');
      assert.equal(trial.requests.length, 0, 'nothing may be sent without a credential');
      trial.issuer.isAvailable = true;
      assert.equal(await retryUntilSuccess(trial), 'Welcome.');
    },
  },
];

/** Calls the LLM until it succeeds. An adapter may wait for up to ten minutes of its clock after a failure. */
async function retryUntilSuccess(trial: Trial): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    trial.clock.jump(60_000);
    try {
      return (await trial.llm.generate('Hello')).text;
    } catch (error) {
      if (attempt === 10) throw error;
      await wait(200);
    }
  }
}
