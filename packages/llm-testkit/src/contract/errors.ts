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

/** Errors that programs tell apart. */
export const errorChecks: readonly Check[] = [
  {
    name: 'a limited rate is a RateLimitError that says how long to wait',
    family: 'contract',
    why: 'Programs wait as long as the provider asks, and must know how long that is.',
    guide: guide('errors'),
    async run(trial) {
      trial.defaultReply = rateLimited({ retryAfter: 0 });
      const error = await rejectsWith(RateLimitError, trial.llm.generate('Hello'), 'when the server answers 429');
      assert.equal(Reflect.get(error, 'retryAfter'), 0, 'retryAfter must be the seconds of the retry-after header');
    },
  },
  {
    name: 'a conversation that is too long is a ContextWindowExceededError',
    family: 'contract',
    why: 'Agents summarise the conversation when they get this error, and give up at any other.',
    guide: guide('errors'),
    async run(trial) {
      trial.defaultReply = trial.wireFormat.contextOverflow ?? contextOverflow();
      await rejectsWith(ContextWindowExceededError, trial.llm.generate('Hello'), 'when the conversation is too long');
    },
  },
  {
    name: 'an error of the server is a ResponseError with its status',
    family: 'contract',
    why: 'Whoever reads the log has to know who failed, with which status, and what it said.',
    guide: guide('errors'),
    async run(trial) {
      trial.defaultReply = errorBody(400, { message: 'The field temperature is out of range.' });
      const error = await rejectsWith(ResponseError, trial.llm.generate('Hello'), 'when the server answers 400');
      assert.equal(Reflect.get(error, 'status'), 400, 'the error must hold the status');
      assert.match(error.message, /temperature is out of range/, 'the message must hold what the server said');
    },
  },
  {
    name: 'an answer that cannot be read is a ProtocolError',
    family: 'contract',
    why: 'A wrong URL often answers 200 with something else; an empty answer in its place hides that.',
    guide: guide('errors'),
    async run(trial) {
      trial.defaultReply = status(200, { headers: { 'content-type': 'application/json' }, body: '{"weather":"fair"' });
      await rejectsWith(ProtocolError, trial.llm.generate('Hello'), 'when the answer is no turn');
    },
  },
  {
    name: 'a connection that is lost is a ConnectionError',
    family: 'contract',
    why: 'Programs try another endpoint when one is gone, and not when it answered.',
    guide: guide('errors'),
    trial: { skipsShortSleeps: true },
    async run(trial) {
      // A first connection that is lost may be a client certificate that is not accepted.
      trial.reply(trial.modelTurn('Hello.'));
      await trial.llm.generate('Hello');
      trial.defaultReply = request => resetAfter(trial.modelTurn('Lost.')(request), 0);
      await rejectsWith(ConnectionError, trial.llm.generate('Hello'), 'when the connection is reset');
    },
  },
  {
    name: 'errors of direct calls are CrewErrors too',
    family: 'contract',
    why: 'Callers of call() tell errors apart in the same way as callers of generate().',
    guide: guide('errors'),
    async run(trial) {
      trial.defaultReply = errorBody(400, { message: 'No.' });
      await rejectsWith(CrewError, trial.llm.call('Hello'), 'out of call()');
    },
  },
];
