import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { AbortError, CrewError, TimeoutError } from '@crew/core';
import { neverAnswers } from '@crew/test-endpoint';
import { PROMPT_MS, rejectionOf, rejectsPromptly, within } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';
import type { Trial } from '../trial/trial.ts';

/** Time, in milliseconds, to wait for requests that must not be sent. */
const SETTLE_MS = 150;

/** Deadlines, in milliseconds of the adapter's clock. The next one is used if the request was not sent within the previous one. */
const DEADLINES = [1_000, 4_000, 16_000];

/** Checks of calls that end before their response. */
export const cancellationChecks: readonly Check[] = [
  {
    name: 'ends the call and its request when the signal aborts',
    family: 'contract',
    why: 'A request that continues after the user has left costs money and occupies a connection.',
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
    name: 'sends nothing when the signal is already aborted',
    family: 'contract',
    why: 'Work that is cancelled before it starts must not reach the provider.',
    guide: guide('abort-and-deadlines'),
    async run(trial) {
      trial.defaultReply = trial.modelTurn('Too late.');
      const signal = AbortSignal.abort();
      const rejected = rejectionOf(trial.llm.call('Hello', { signal }), 'of call() with an aborted signal');
      await within(PROMPT_MS, rejected, 'The rejection of call() with an aborted signal');
      await rejectsPromptly(AbortError, trial.llm.generate('Hello', { signal }), 'with an aborted signal');
      await wait(SETTLE_MS);
      assert.equal(trial.requests.length, 0, 'no request may be sent');
    },
  },
  {
    name: 'ends the call and its request when the deadline passes',
    family: 'contract',
    why: 'Otherwise a provider that hangs blocks the caller and the connection for minutes.',
    guide: guide('abort-and-deadlines'),
    async run(trial) {
      // The first call performs the work that is not timed, such as a login.
      trial.reply(trial.modelTurn('Ready.'));
      await trial.llm.generate('Are you ready?');
      trial.defaultReply = neverAnswers();
      for (const timeout of DEADLINES) {
        const call = trial.llm.generate('Take your time.', { timeout });
        const rejected = call.catch(() => 'rejected');
        // An adapter that does not use the clock may be too slow on a busy machine. It gets a longer deadline.
        if ((await Promise.race([rejected, trial.whenRequested(2)])) === 'rejected' && trial.requests.length < 2)
          continue;
        // The client has finished sending, so the deadline passes while it waits for the response.
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
    name: 'ends the request when the caller leaves the stream early',
    family: 'contract',
    why: 'Otherwise the model generates, at the caller’s expense, text that nobody reads.',
    guide: guide('abort-and-deadlines'),
    requires: ['streaming'],
    async run(trial) {
      // The server pauses after the beginning, so the request can end only because the caller leaves the stream.
      trial.reply(trial.pausedAfterStart(trial.modelTurn('word '.repeat(200)), new Promise(() => undefined)));
      const reading = readFirstText(trial);
      reading.catch(() => undefined);
      await within(2 * PROMPT_MS, reading, 'The first text of a stream that pauses after its start');
      await expectNoFurtherRequest(trial);
    },
  },
];

async function readFirstText({ llm }: Trial): Promise<void> {
  for await (const part of llm.stream('Tell me everything.')) if (part.type === 'text') return;
}

/** Asserts that the only request is closed and that no further one follows. */
async function expectNoFurtherRequest(trial: Trial): Promise<void> {
  await trial.whenAllClosed();
  await wait(SETTLE_MS);
  assert.equal(trial.requests.length, 1, 'no further request may be sent after the end of the call');
}

/** Checks of `close()`. */
export const closingChecks: readonly Check[] = [
  {
    name: 'closes without an error when close() is called twice',
    family: 'contract',
    why: 'The shutdown of a program often closes the same object twice.',
    guide: guide('closing'),
    async run(trial) {
      trial.reply(trial.modelTurn('Hello.'));
      await trial.llm.generate('Hello');
      await within(PROMPT_MS, trial.llm.close(), 'close()');
      await within(PROMPT_MS, trial.llm.close(), 'The second close()');
    },
  },
  {
    name: 'ends running calls and every connection when close() is called',
    family: 'contract',
    why: 'An open connection keeps a finished program running.',
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
