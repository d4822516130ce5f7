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

/** Size in bytes: four times the default limit of @crew/llm-http. */
const FAR_TOO_LARGE = 268_435_456;

/** Checks of responses that are incomplete or far too large. */
export const brokenResponseChecks: readonly Check[] = [
  {
    name: 'fails when the response breaks off',
    family: 'transport',
    why: 'A program acts on an incomplete response that looks complete.',
    guide: guide('broken-responses'),
    trial: { skipsShortSleeps: true },
    async run(trial) {
      trial.defaultReply = request => truncated(trial.modelTurn(WORDS)(request), 90);
      await rejectsWith(lostOrUnreadable, trial.llm.generate('May I?'), 'when the response breaks off');
    },
  },
  {
    name: 'fails without a retry when a stream breaks off',
    family: 'transport',
    why: 'The caller has already shown the first half, so only its end or an error may follow.',
    guide: guide('broken-responses'),
    requires: ['streaming'],
    async run(trial) {
      trial.defaultReply = request => truncated(trial.withDelay(trial.modelTurn(WORDS), 1)(request), 1_500);
      const parts: StreamPart[] = [];
      const reading = async (): Promise<void> => {
        for await (const part of trial.llm.stream('May I?')) parts.push(part);
      };
      await rejectsWith(lostOrUnreadable, reading(), 'when the stream breaks off');
      assert.ok(parts.length > 0, 'the parts that arrived must be emitted');
      assert.ok(!parts.some(({ type }) => type === 'finish'), 'a stream that breaks off must not emit a `finish` part');
      assert.equal(trial.requests.length, 1, 'a stream must not be requested again after its first part');
    },
  },
  {
    name: 'cuts off a response that is far too large',
    family: 'transport',
    why: 'A server that never stops sending fills the memory of the program.',
    guide: guide('broken-responses'),
    requires: ['responseLimit'],
    trial: { skipsShortSleeps: true },
    run: trial => expectCutOff(trial, huge(FAR_TOO_LARGE)),
  },
  {
    name: 'cuts off a compressed response that expands to a far too large one',
    family: 'transport',
    why: 'A few kilobytes of compressed zeros can fill the memory of the program.',
    guide: guide('broken-responses'),
    requires: ['responseLimit'],
    trial: { skipsShortSleeps: true },
    run: trial => expectCutOff(trial, bomb({ decodedBytes: FAR_TOO_LARGE, encoding: 'gzip' })),
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
  const thrown = await rejectionOf(trial.llm.generate('Go on.', { timeout: 300_000 }), 'for a response of 256 MiB');
  assert.ok(CrewError.isInstance(thrown), 'the error must be a CrewError');
  assert.ok(!TimeoutError.isInstance(thrown), 'the size limit must end the call, not the deadline');
  // A compressed response may arrive completely before it is decompressed. Its connection may then stay open.
  await Promise.race([sent.promise, trial.whenAllClosed()]);
}
