import { CrewError } from '@crew/core';
import { type Reply, truncated } from '@crew/test-endpoint';
import { type Check, guide } from '../check/check.ts';
import { partsOf } from '../check/parts-of.ts';
import type { Trial } from '../trial/trial.ts';
import { echoed } from './echoed.ts';

/** Answers that fail a call. Most hold what the request held, as gateways like to show it. */
const failures: readonly ((trial: Trial) => void)[] = [
  trial => echoing(trial, 400),
  trial => echoing(trial, 500),
  trial => echoing(trial, 200),
  trial => {
    trial.always = request => truncated(trial.says('Half an answer. '.repeat(20))(request), 50);
  },
  trial => trial.refuse(request => ({ status: 401, body: echoed(request) })),
];

/** Where secrets must not be. */
export const leakChecks: readonly Check[] = [
  {
    name: 'no secret is in an error',
    family: 'leaks',
    why: 'Errors are logged, sent to trackers, and shown to users.',
    guide: guide('secrets'),
    needs: ['credential'],
    async run(trial) {
      for (const fail of failures) {
        for (const error of [await outcome(trial, fail), await streamOutcome(trial, fail)]) {
          trial.harness.inspect('error', error);
          if (CrewError.isInstance(error)) trial.harness.inspect('error.toJSON()', error.toJSON());
        }
      }
      trial.harness.assertClean();
    },
  },
  {
    name: 'no secret is in an event',
    family: 'leaks',
    why: 'Events are stored, traced and sent to other services.',
    guide: guide('secrets'),
    needs: ['credential'],
    async run(trial) {
      trial.llm.on('credential', trial.harness.events);
      const callbacks = [trial.harness.events];
      trial.answer(trial.says('Welcome.'), trial.says('Welcome.'));
      await trial.llm.generate('Hello', { callbacks });
      await partsOf(trial.llm.stream('Hello', { callbacks }));
      for (const fail of failures) await outcome(trial, fail, callbacks);
      trial.harness.assertClean();
    },
  },
  {
    name: 'no secret is printed',
    family: 'leaks',
    why: 'What a library prints ends up in the logs of everybody who uses it.',
    guide: guide('secrets'),
    needs: ['credential'],
    async run(trial) {
      trial.answer(trial.says('Welcome.'));
      await trial.harness.watch(async () => {
        await trial.llm.generate('Hello');
        for (const fail of failures) await outcome(trial, fail);
      });
      trial.harness.assertClean();
    },
  },
  {
    name: 'no secret is to be seen in the LLM itself',
    family: 'leaks',
    why: 'Programs print, serialise and copy the objects they hold, and so do their error reporters.',
    guide: guide('secrets'),
    needs: ['credential'],
    async run(trial) {
      trial.harness.inspect('llm', trial.llm);
      trial.answer(trial.says('Welcome.'));
      await trial.llm.generate('Hello');
      trial.harness.inspect('llm', trial.llm);
      trial.harness.assertClean();
    },
  },
  {
    name: 'no secret is told to the model',
    family: 'leaks',
    why: 'A model repeats what it was told, to whoever asks it.',
    guide: guide('secrets'),
    needs: ['credential'],
    async run(trial) {
      trial.answer(trial.says('Welcome.'));
      const generation = await trial.llm.generate([
        { role: 'system', content: 'You are brief.' },
        { role: 'user', content: 'Hello' },
      ]);
      for (const request of trial.requests) trial.harness.prompts(trial.wire.read(request));
      trial.harness.inspect('generation', generation);
      trial.harness.assertClean();
    },
  },
];

/** What one call that should fail in this way is rejected with. Whether it fails is another check. */
async function outcome(
  trial: Trial,
  fail: (trial: Trial) => void,
  callbacks: readonly ((event: unknown) => void)[] = [],
): Promise<unknown> {
  fail(trial);
  return trial.llm.generate('Hello', { callbacks }).catch((error: unknown) => error);
}

/** The same of a stream. */
async function streamOutcome(trial: Trial, fail: (trial: Trial) => void): Promise<unknown> {
  fail(trial);
  return partsOf(trial.llm.stream('Hello')).catch((error: unknown) => error);
}

/** Answers with what was asked: its headers, query and body. */
function echoing(trial: Trial, status: number): void {
  trial.always = (request): Reply => ({
    status,
    headers: { 'x-should-retry': 'false' },
    json: echoed(request),
  });
}
