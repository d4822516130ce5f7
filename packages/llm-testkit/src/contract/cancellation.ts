import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { AbortError, CrewError, TimeoutError } from '@crew/core';
import { neverAnswers } from '@crew/test-endpoint';
import { PROMPT_MS, rejectionOf, rejectsPromptly, within } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';
import type { Trial } from '../trial/trial.ts';

/** So long, in milliseconds, is waited for requests that must not come. */
const SETTLE_MS = 150;

/** Deadlines, in milliseconds by the adapter's clock: a longer one if the request was not sent within the one before. */
const DEADLINES = [1_000, 4_000, 16_000];

/** What ends a call before its answer. */
export const cancellationChecks: readonly Check[] = [
  {
    name: 'abort ends the call and its request',
    family: 'contract',
    why: 'A request that goes on after the user left is paid for, and holds a connection.',
    guide: guide('abort-and-deadlines'),
    async run(trial) {
      trial.defaultReply = neverAnswers();
      const controller = new AbortController();
      const call = trial.llm.generate('Take your time.', { signal: controller.signal });
      call.catch(() => undefined);
      await trial.whenRequested();
      controller.abort();
      await rejectsPromptly(AbortError, call, 'after the signal was aborted');
      await expectNoFurtherRequest(trial);
    },
  },
  {
    name: 'a signal that is aborted already sends nothing',
    family: 'contract',
    why: 'Work that was cancelled before it began must not reach the provider.',
    guide: guide('abort-and-deadlines'),
    async run(trial) {
      trial.defaultReply = trial.modelTurn('Too late.');
      const signal = AbortSignal.abort();
      const called = rejectionOf(trial.llm.call('Hello', { signal }), 'of call() with an aborted signal');
      await within(PROMPT_MS, called, 'The rejection of call() with an aborted signal');
      await rejectsPromptly(AbortError, trial.llm.generate('Hello', { signal }), 'with an aborted signal');
      await wait(SETTLE_MS);
      assert.equal(trial.requests.length, 0, 'no request may be sent');
    },
  },
  {
    name: 'a deadline ends the call and its request',
    family: 'contract',
    why: 'A provider that hangs would hold the caller, and the connection, for minutes.',
    guide: guide('abort-and-deadlines'),
    async run(trial) {
      // What the first call needs beside its request (a login, a token) is not what is timed.
      trial.reply(trial.modelTurn('Ready.'));
      await trial.llm.generate('Are you ready?');
      trial.defaultReply = neverAnswers();
      for (const timeout of DEADLINES) {
        const call = trial.llm.generate('Take your time.', { timeout });
        const rejected = call.catch(() => 'rejected');
        // An adapter that does not ask the clock may be too slow on a busy machine: then it gets more time.
        if ((await Promise.race([rejected, trial.whenRequested(2)])) === 'rejected' && trial.requests.length < 2)
          continue;
        // The client is done with sending, too: the deadline passes while nothing but the answer is waited for.
        await wait(SETTLE_MS);
        trial.clock.advance(timeout);
        await within(timeout + PROMPT_MS, rejected, `The rejection of a call with a deadline of ${timeout} ms`);
        await rejectsPromptly(TimeoutError, call, `after the deadline of ${timeout} ms`);
        break;
      }
      assert.equal(trial.requests.length, 2, 'the request must have been sent once');
      trial.requests.shift();
      await expectNoFurtherRequest(trial);
    },
  },
  {
    name: 'a stream that is left early ends its request',
    family: 'contract',
    why: 'The model would write, at the caller’s expense, an answer that nobody reads.',
    guide: guide('abort-and-deadlines'),
    requires: ['streaming'],
    async run(trial) {
      // The server holds back all but the beginning: the request can end only because the stream was left.
      trial.reply(trial.pausedAfterStart(trial.modelTurn('word '.repeat(200)), new Promise(() => undefined)));
      const reading = readFirstText(trial);
      reading.catch(() => undefined);
      await within(2 * PROMPT_MS, reading, 'The first text of a stream whose rest is held back');
      await expectNoFurtherRequest(trial);
    },
  },
];

async function readFirstText({ llm }: Trial): Promise<void> {
  for await (const part of llm.stream('Tell me everything.')) if (part.type === 'text') return;
}

/** The one request is closed, and no other one follows. */
async function expectNoFurtherRequest(trial: Trial): Promise<void> {
  await trial.whenAllClosed();
  await wait(SETTLE_MS);
  assert.equal(trial.requests.length, 1, 'no further request may be sent after the end of the call');
}

/** The end of an LLM. */
export const closingChecks: readonly Check[] = [
  {
    name: 'close() may be called again',
    family: 'contract',
    why: 'A program’s shutdown often closes the same thing from two places.',
    guide: guide('closing'),
    async run(trial) {
      trial.reply(trial.modelTurn('Hello.'));
      await trial.llm.generate('Hello');
      await within(PROMPT_MS, trial.llm.close(), 'close()');
      await within(PROMPT_MS, trial.llm.close(), 'The second close()');
    },
  },
  {
    name: 'close() ends the calls under way, and every connection',
    family: 'contract',
    why: 'A connection that is left open keeps a finished program running.',
    guide: guide('closing'),
    requires: ['ownConnections'],
    async run(trial) {
      trial.reply(trial.modelTurn('Hello.'), neverAnswers());
      await trial.llm.generate('Hello');
      const call = trial.llm.generate('Take your time.');
      call.catch(() => undefined);
      await trial.whenRequested(2);
      const closing = trial.llm.close();
      await rejectsPromptly(CrewError, call, 'when the LLM is closed');
      await within(PROMPT_MS, closing, 'close()');
      await within(PROMPT_MS, trial.endpoint.whenIdle(), 'The end of every connection');
    },
  },
];
