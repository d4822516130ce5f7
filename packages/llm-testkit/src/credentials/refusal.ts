import assert from 'node:assert/strict';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { AuthenticationError } from '@crew/core';
import { rateLimited } from '@crew/test-endpoint';
import { collectParts, rejectionOf, rejectsWith } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';
import type { Trial } from '../trial/trial.ts';

/** More attempts than renewal and a challenge together need. */
const FAR_TOO_MANY = 4;

/** What happens when the server does not accept the credential. */
export const refusalChecks: readonly Check[] = [
  {
    name: 'every request carries the credential',
    family: 'credentials',
    why: 'It is what the adapter is for.',
    guide: guide('credentials'),
    requires: ['credential'],
    async run(trial) {
      trial.defaultReply = trial.modelTurn('Welcome.');
      assert.equal((await trial.llm.generate('Hello')).text, 'Welcome.');
      await collectParts(trial.llm.stream('Hello'));
      const status = await statusWithoutCredential(trial);
      assert.ok(
        status === undefined || status >= 300,
        'the `credential` check of the description lets a request without any credential in: then it checks nothing',
      );
    },
  },
  {
    name: 'a credential that stays refused is an AuthenticationError',
    family: 'credentials',
    why: 'Whoever runs the program has to replace the credential, and must be told so, soon.',
    guide: guide('credentials'),
    requires: ['credential'],
    async run(trial) {
      trial.refuse(() => ({ status: 401, body: { error: { message: 'No access.' } } }));
      await rejectsWith(AuthenticationError, trial.llm.generate('Hello'), 'when every credential is refused (401)');
      const { length } = trial.requests;
      assert.ok(length <= FAR_TOO_MANY, `a refused credential must not be sent over and over: there were ${length}`);
    },
  },
  {
    name: 'a refused credential is replaced, and the same request sent again',
    family: 'credentials',
    why: 'Credentials are revoked and expire early; users should not notice.',
    guide: guide('credentials'),
    requires: ['renewal'],
    async run(trial) {
      trial.defaultReply = trial.modelTurn('Welcome.');
      await trial.llm.generate('First.');
      trial.issuer.revoke();
      assert.equal((await trial.llm.generate('Second.')).text, 'Welcome.');
      const bodies = new Set(trial.requests.slice(1).map(({ body }) => body));
      assert.equal(bodies.size, 1, 'the bytes must be the same');
    },
  },
  {
    name: 'a limited rate costs no credential',
    family: 'credentials',
    why: 'A new token for every 429 makes a busy server busier.',
    guide: guide('credentials'),
    requires: ['renewal'],
    async run(trial) {
      trial.reply(trial.modelTurn('Welcome.'));
      await trial.llm.generate('Hello');
      const before = trial.issuer.issueCount;
      trial.defaultReply = rateLimited({ retryAfter: 0 });
      await rejectionOf(trial.llm.generate('Hello'), 'when the server answers 429');
      assert.equal(trial.issuer.issueCount, before, 'no new credential may be obtained');
    },
  },
];

/** The status of a request that carries no credential; undefined when the server did not even answer it. */
export function statusWithoutCredential(trial: Trial): Promise<number | undefined> {
  const { url, endpoint } = trial;
  const request = url.startsWith('https:') ? secure : plain;
  const options = { method: 'POST', agent: false, headers: { 'content-type': 'application/json' }, ca: endpoint.ca };
  return new Promise(resolve => {
    request(url, options, response => response.resume().once('end', () => resolve(response.statusCode)))
      .once('error', () => resolve(undefined))
      .end('{"messages":[{"role":"user","content":"Hello"}]}');
  });
}
