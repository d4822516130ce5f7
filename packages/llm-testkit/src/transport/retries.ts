import assert from 'node:assert/strict';
import { CrewError, ResponseError } from '@crew/core';
import { errorBody, resetAfter, status } from '@crew/test-endpoint';
import { rejectsWith } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';

/** Asks to come back at once, so that the check need not wait. */
const unavailable = status(503, { headers: { 'retry-after-ms': '1', 'retry-after': '0' } });
/** More attempts than any policy makes for one call. */
const FAR_TOO_MANY = 10;

/** What is tried again, and how. */
export const retryChecks: readonly Check[] = [
  {
    name: 'a server that is unavailable for a moment is asked again, with the same bytes',
    family: 'transport',
    why: 'Load balancers answer 503 for seconds at a time; a run of an hour should not end by that.',
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
    name: 'a connection that is lost before any answer is replaced',
    family: 'transport',
    why: 'Servers close idle connections at any time, also just before they are used.',
    guide: guide('retries'),
    requires: ['retries'],
    trial: { skipsShortSleeps: true },
    async run(trial) {
      // Not the first one: the server has accepted what the connection is made with, a client certificate say.
      trial.reply(trial.modelTurn('Here.'));
      await trial.llm.generate('Are you there?');
      trial.reply(request => resetAfter(trial.modelTurn('Lost.')(request), 0), trial.modelTurn('Found.'));
      assert.equal((await trial.llm.generate('Are you there?')).text, 'Found.');
    },
  },
  {
    name: 'a credential that is revoked between two attempts is replaced',
    family: 'transport',
    why: 'An adapter that reads its credential once for a call sends the old one, and is refused, again.',
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
    name: 'retries come to an end',
    family: 'transport',
    why: 'A server that is down for long is not helped by clients that never stop asking.',
    guide: guide('retries'),
    async run(trial) {
      // One that never stops is let in at last, so that the check comes to an end.
      trial.defaultReply = request =>
        trial.requests.length > FAR_TOO_MANY ? trial.modelTurn('At last.')(request) : unavailable;
      await rejectsWith(ResponseError, trial.llm.generate('Are you there?'), 'when the server stays unavailable');
    },
  },
  {
    name: 'an error that no retry can help is not retried',
    family: 'transport',
    why: 'A wrong request stays wrong, and asking again costs the caller time.',
    guide: guide('retries'),
    async run(trial) {
      trial.defaultReply = errorBody(400, { message: 'No such model.' });
      await rejectsWith(CrewError, trial.llm.generate('Hello'), 'when the server answers 400');
      assert.equal(trial.requests.length, 1, 'the request must be sent once');
    },
  },
];
