import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { AuthenticationError } from '@crew/core';
import { rateLimited } from '@crew/test-endpoint';
import { collectParts, rejectionOf, rejectsWith } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';
import type { Trial } from '../trial/trial.ts';

/** Maximum number of attempts, which is more than a renewal and a challenge require together. */
const FAR_TOO_MANY = 4;

/** Checks of credentials that the server accepts or refuses. */
export const refusalChecks: readonly Check[] = [
  {
    name: 'sends the credential with every request',
    family: 'credentials',
    why: 'Authentication is the purpose of the adapter.',
    guide: guide('credentials'),
    requires: ['credential'],
    async run(trial) {
      trial.defaultReply = trial.modelTurn('Welcome.');
      assert.equal((await trial.llm.generate('Hello')).text, 'Welcome.');
      await collectParts(trial.llm.stream('Hello'));
      const status = await statusWithoutCredential(trial);
      assert.ok(
        status === undefined || status >= 300,
        'the `credential` check of the description must refuse a request without a credential',
      );
    },
  },
  {
    name: 'throws an AuthenticationError when every credential is refused',
    family: 'credentials',
    why: 'The operator must learn promptly that the credential has to be replaced.',
    guide: guide('credentials'),
    requires: ['credential'],
    async run(trial) {
      trial.refuse(() => ({ status: 401, body: { error: { message: 'No access.' } } }));
      await rejectsWith(AuthenticationError, trial.llm.generate('Hello'), 'when every credential is refused (401)');
      const { length } = trial.requests;
      assert.ok(
        length <= FAR_TOO_MANY,
        `a refused credential must not be sent repeatedly; it was sent ${length} times`,
      );
    },
  },
  {
    name: 'replaces a refused credential and sends the same request again',
    family: 'credentials',
    why: 'Credentials are revoked and expire early, and users must not notice it.',
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
    name: 'keeps its credential when the server returns 429',
    family: 'credentials',
    why: 'A new token for every 429 increases the load on a busy server.',
    guide: guide('credentials'),
    requires: ['renewal'],
    async run(trial) {
      trial.reply(trial.modelTurn('Welcome.'));
      await trial.llm.generate('Hello');
      const before = trial.issuer.issueCount;
      trial.defaultReply = rateLimited({ retryAfter: 0 });
      await rejectionOf(trial.llm.generate('Hello'), 'when the server returns 429');
      assert.equal(trial.issuer.issueCount, before, 'no new credential may be obtained');
    },
  },
];

/** Resolves to the status of a request without a credential, or to undefined if the server sent no response. */
function statusWithoutCredential(trial: Trial): Promise<number | undefined> {
  const { url, endpoint } = trial;
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  const options = { method: 'POST', agent: false, headers: { 'content-type': 'application/json' }, ca: endpoint.ca };
  return new Promise(resolve => {
    request(url, options, response => response.resume().once('end', () => resolve(response.statusCode)))
      .once('error', () => resolve(undefined))
      .end('{"messages":[{"role":"user","content":"Hello"}]}');
  });
}
