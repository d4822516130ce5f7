import assert from 'node:assert/strict';
import { CrewError, ResponseError } from '@crew/core';
import { errorBody, resetAfter, status } from '@crew/test-endpoint';
import { rejectsWith } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';

/** A 503 that requests an immediate retry, so that the check does not wait. */
const unavailable = status(503, { headers: { 'retry-after-ms': '1', 'retry-after': '0' } });
/** Maximum number of attempts, which is more than any policy makes for one call. */
const FAR_TOO_MANY = 10;

/** Checks of retries. */
export const retryChecks: readonly Check[] = [
  {
    name: 'sends the same bytes again when the server is briefly unavailable',
    family: 'transport',
    why: 'Load balancers return 503 for seconds at a time, which must not end a run of an hour.',
    guide: guide('retries'),
    requires: ['retries'],
    async run(trial) {
      trial.reply(unavailable, trial.modelTurn('Here again.'));
      assert.equal((await trial.llm.generate('Are you there?')).text, 'Here again.');
      const [first, second] = trial.requests;
      assert.ok(first && second, 'the request must be sent again');
      assert.equal(second.body, first.body, 'the bytes must be the same');
    },
  },
  {
    name: 'opens a new connection when one is lost before any response',
    family: 'transport',
    why: 'Servers close idle connections at any time, even just before a client uses them.',
    guide: guide('retries'),
    requires: ['retries'],
    trial: { skipsShortSleeps: true },
    async run(trial) {
      // Not the first connection: by now the server has accepted the client, for example its certificate.
      trial.reply(trial.modelTurn('Here.'));
      await trial.llm.generate('Are you there?');
      trial.reply(request => resetAfter(trial.modelTurn('Lost.')(request), 0), trial.modelTurn('Found.'));
      assert.equal((await trial.llm.generate('Are you there?')).text, 'Found.');
    },
  },
  {
    name: 'replaces a credential that is revoked between two attempts',
    family: 'transport',
    why: 'An adapter that reads its credential once per call sends the revoked one again and is refused.',
    guide: guide('retries'),
    requires: ['retries', 'renewal'],
    async run(trial) {
      const revoked = (): typeof unavailable => {
        trial.issuer.revoke();
        return unavailable;
      };
      trial.reply(revoked, trial.modelTurn('Here again.'));
      assert.equal((await trial.llm.generate('Are you there?')).text, 'Here again.');
    },
  },
  {
    name: 'stops retrying when the server stays unavailable',
    family: 'transport',
    why: 'Clients that never stop retrying prolong the outage of a server.',
    guide: guide('retries'),
    async run(trial) {
      // An adapter that never stops finally succeeds, so that the check ends.
      trial.defaultReply = request =>
        trial.requests.length > FAR_TOO_MANY ? trial.modelTurn('At last.')(request) : unavailable;
      await rejectsWith(ResponseError, trial.llm.generate('Are you there?'), 'when the server stays unavailable');
    },
  },
  {
    name: 'does not retry an error that a retry cannot fix',
    family: 'transport',
    why: 'An invalid request stays invalid, and a retry costs time.',
    guide: guide('retries'),
    async run(trial) {
      trial.defaultReply = errorBody(400, { message: 'No such model.' });
      await rejectsWith(CrewError, trial.llm.generate('Hello'), 'when the server returns 400');
      assert.equal(trial.requests.length, 1, 'the request must be sent once');
    },
  },
];
