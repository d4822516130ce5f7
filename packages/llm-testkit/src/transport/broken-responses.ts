import assert from 'node:assert/strict';
import { ConnectionError, CrewError, ProtocolError, type StreamPart, TimeoutError } from '@crew/core';
import { bomb, huge, type Reply, truncated } from '@crew/test-endpoint';
import { rejectionOf, rejectsWith } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';
import type { Trial } from '../trial/trial.ts';

const lostOrUnreadable = {
  name: 'ConnectionError or ProtocolError',
  isInstance: (value: unknown) => ConnectionError.isInstance(value) || ProtocolError.isInstance(value),
};

const WORDS = 'Do not press the red button. '.repeat(20);

/** In bytes: four times what @crew/llm-http takes. */
const FAR_TOO_LONG = 268_435_456;

/** Answers that are not whole, or far too long. */
export const brokenAnswerChecks: readonly Check[] = [
  {
    name: 'half an answer is an error',
    family: 'transport',
    why: 'Half an answer that passes for a whole one is acted upon.',
    guide: guide('broken-answers'),
    trial: { skipsShortSleeps: true },
    async run(trial) {
      trial.defaultReply = request => truncated(trial.modelTurn(WORDS)(request), 90);
      await rejectsWith(lostOrUnreadable, trial.llm.generate('May I?'), 'when the answer breaks off');
    },
  },
  {
    name: 'half a stream is an error, and is not sent for again',
    family: 'transport',
    why: 'The caller has shown the first half already: what follows must be its end or an error.',
    guide: guide('broken-answers'),
    requires: ['streaming'],
    async run(trial) {
      trial.defaultReply = request => truncated(trial.withDelay(trial.modelTurn(WORDS), 1)(request), 1_500);
      const parts: StreamPart[] = [];
      const reading = async (): Promise<void> => {
        for await (const part of trial.llm.stream('May I?')) parts.push(part);
      };
      await rejectsWith(lostOrUnreadable, reading(), 'when the stream breaks off');
      assert.ok(parts.length > 0, 'what had arrived must have been given');
      assert.ok(!parts.some(({ type }) => type === 'finish'), 'a stream that broke off must not finish');
      assert.equal(trial.requests.length, 1, 'after its first part a stream must not be asked for again');
    },
  },
  {
    name: 'an answer that is far too long is cut off',
    family: 'transport',
    why: 'A server that goes on and on writing would fill the memory of the program.',
    guide: guide('broken-answers'),
    requires: ['responseLimit'],
    trial: { skipsShortSleeps: true },
    run: trial => expectCutOff(trial, huge(FAR_TOO_LONG)),
  },
  {
    name: 'an answer that unpacks to far more than was sent is cut off',
    family: 'transport',
    why: 'A few kilobytes of compressed zeros would fill the memory of the program.',
    guide: guide('broken-answers'),
    requires: ['responseLimit'],
    trial: { skipsShortSleeps: true },
    run: trial => expectCutOff(trial, bomb({ decodedBytes: FAR_TOO_LONG, encoding: 'gzip' })),
  },
];

async function expectCutOff(trial: Trial, reply: Reply): Promise<void> {
  const sent = Promise.withResolvers<void>();
  const { body } = reply;
  trial.defaultReply = {
    ...reply,
    async *body() {
      if (typeof body === 'function') yield* body();
      sent.resolve();
    },
  };
  const thrown = await rejectionOf(trial.llm.generate('Go on.', { timeout: 300_000 }), 'for an answer of 256 MiB');
  assert.ok(CrewError.isInstance(thrown), 'it must be a CrewError');
  assert.ok(!TimeoutError.isInstance(thrown), 'the size must end it, not the deadline');
  // A compressed answer may be there as a whole before it is unpacked: then its connection may stay.
  await Promise.race([sent.promise, trial.whenAllClosed()]);
}
