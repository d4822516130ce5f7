import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { AbortError, CredentialError } from '@crew/core';
import { PROMPT_MS, rejectsPromptly, rejectsWith, within } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';
import type { Trial } from '../trial/trial.ts';

const CALL_COUNT = 16;
/** So long, in milliseconds, all calls may take to begin to wait. */
const JOIN_MS = 50;

/** How credentials are obtained when many want them, and when there are none. */
export const obtainingChecks: readonly Check[] = [
  {
    name: 'calls that are refused together cause one renewal',
    family: 'credentials',
    why: 'A token server that gets one request for every call under way locks the client out.',
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
    name: 'calls that wait for a credential share one',
    family: 'credentials',
    why: 'A program that starts with many calls at once would ask for as many tokens.',
    guide: guide('obtaining-credentials'),
    requires: ['renewal'],
    async run(trial) {
      trial.defaultReply = trial.modelTurn('Welcome.');
      const release = trial.issuer.hold();
      const asked = trial.issuer.whenIssuing();
      const calls = Array.from({ length: CALL_COUNT }, (_, index) => trial.llm.generate(`Question ${index}`));
      for (const call of calls) call.catch(() => undefined);
      await within(PROMPT_MS, asked, 'The request for a credential');
      await wait(JOIN_MS);
      release();
      await Promise.all(calls);
      assert.equal(trial.issuer.issueCount, 1, `${CALL_COUNT} calls must share one credential`);
    },
  },
  {
    name: 'a caller that leaves does not take the credential from the others',
    family: 'credentials',
    why: 'One user who cancels would fail the calls of everybody else who waits.',
    guide: guide('obtaining-credentials'),
    requires: ['renewal'],
    async run(trial) {
      trial.defaultReply = trial.modelTurn('Welcome.');
      const release = trial.issuer.hold();
      const asked = trial.issuer.whenIssuing();
      const controller = new AbortController();
      const leaving = trial.llm.generate('I leave.', { signal: controller.signal });
      const staying = trial.llm.generate('I stay.');
      for (const call of [leaving, staying]) call.catch(() => undefined);
      await within(PROMPT_MS, asked, 'The request for a credential');
      await wait(JOIN_MS);
      controller.abort();
      await rejectsPromptly(AbortError, leaving, 'for the caller that left');
      release();
      const { text } = await within(PROMPT_MS, staying, 'The answer to the caller that stayed');
      assert.equal(text, 'Welcome.');
      assert.equal(trial.issuer.issueCount, 1, 'the others must get the credential that was under way');
    },
  },
  {
    name: 'a credential that cannot be had is a CredentialError, until it can',
    family: 'credentials',
    why: 'A token server that was down for a minute must not stop a program for good.',
    guide: guide('obtaining-credentials'),
    requires: ['renewal'],
    async run(trial) {
      trial.defaultReply = trial.modelTurn('Welcome.');
      trial.issuer.isAvailable = false;
      await rejectsWith(CredentialError, trial.llm.generate('Hello'), 'when no credential can be had');
      assert.equal(trial.requests.length, 0, 'nothing may be sent without a credential');
      trial.issuer.isAvailable = true;
      assert.equal(await retryUntilSuccess(trial), 'Welcome.');
    },
  },
];

/** Asks until it succeeds: how long an adapter waits after a failure is its own affair, up to ten minutes by its clock. */
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
