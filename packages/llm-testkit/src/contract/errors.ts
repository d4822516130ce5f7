import assert from 'node:assert/strict';
import {
  ConnectionError,
  ContextWindowExceededError,
  CrewError,
  ProtocolError,
  RateLimitError,
  ResponseError,
} from '@crew/core';
import { contextOverflow, errorBody, rateLimited, resetAfter, status } from '@crew/test-endpoint';
import { rejectsWith } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';

/** Checks of the errors that programs distinguish. */
export const errorChecks: readonly Check[] = [
  {
    name: 'throws a RateLimitError with the time to wait when the server returns 429',
    family: 'contract',
    why: 'Programs wait for the time that the provider requests, so they must know it.',
    guide: guide('errors'),
    async run(trial) {
      trial.defaultReply = rateLimited({ retryAfter: 0 });
      const error = await rejectsWith(RateLimitError, trial.llm.generate('Hello'), 'when the server returns 429');
      assert.equal(Reflect.get(error, 'retryAfter'), 0, 'retryAfter must be the seconds of the retry-after header');
    },
  },
  {
    name: 'throws a ContextWindowExceededError when the conversation is too long',
    family: 'contract',
    why: 'Agents summarise the conversation after this error and fail after any other.',
    guide: guide('errors'),
    async run(trial) {
      trial.defaultReply = trial.wireFormat.contextOverflow ?? contextOverflow();
      await rejectsWith(ContextWindowExceededError, trial.llm.generate('Hello'), 'when the conversation is too long');
    },
  },
  {
    name: 'throws a ResponseError with the status when the server returns an error',
    family: 'contract',
    why: 'The reader of a log must know which server failed, with which status and message.',
    guide: guide('errors'),
    async run(trial) {
      trial.defaultReply = errorBody(400, { message: 'The field temperature is out of range.' });
      const error = await rejectsWith(ResponseError, trial.llm.generate('Hello'), 'when the server returns 400');
      assert.equal(Reflect.get(error, 'status'), 400, 'the error must have the status');
      assert.match(error.message, /temperature is out of range/, 'the message must contain the message of the server');
    },
  },
  {
    name: 'throws a ProtocolError when the response cannot be decoded',
    family: 'contract',
    why: 'A wrong URL often returns 200 with other content, which an empty reply would hide.',
    guide: guide('errors'),
    async run(trial) {
      trial.defaultReply = status(200, { headers: { 'content-type': 'application/json' }, body: '{"weather":"fair"' });
      await rejectsWith(ProtocolError, trial.llm.generate('Hello'), 'when the response is not a turn');
    },
  },
  {
    name: 'throws a ConnectionError when the connection is lost',
    family: 'contract',
    why: 'Programs try another endpoint if one is unreachable, but not if it returned an error.',
    guide: guide('errors'),
    trial: { skipsShortSleeps: true },
    async run(trial) {
      // The loss of the first connection could mean that the server rejected the client certificate.
      trial.reply(trial.modelTurn('Hello.'));
      await trial.llm.generate('Hello');
      trial.defaultReply = request => resetAfter(trial.modelTurn('Lost.')(request), 0);
      await rejectsWith(ConnectionError, trial.llm.generate('Hello'), 'when the connection is reset');
    },
  },
  {
    name: 'throws a CrewError when a direct call of call() fails',
    family: 'contract',
    why: 'Callers of call() distinguish errors in the same way as callers of generate().',
    guide: guide('errors'),
    async run(trial) {
      trial.defaultReply = errorBody(400, { message: 'No.' });
      await rejectsWith(CrewError, trial.llm.call('Hello'), 'from call()');
    },
  },
];
