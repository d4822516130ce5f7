import { CrewError } from '@crew/core';
import { type RecordedRequest, type Reply, truncated } from '@crew/test-endpoint';
import { collectParts } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';
import type { Trial } from '../trial/trial.ts';

/** Answers that fail a call. Most hold what the request held, as gateways like to show it. */
const failures: readonly ((trial: Trial) => void)[] = [
  trial => echoing(trial, 400),
  trial => echoing(trial, 500),
  trial => echoing(trial, 200),
  trial => {
    trial.defaultReply = request => truncated(trial.modelTurn('Half an answer. '.repeat(20))(request), 50);
  },
  trial => trial.refuse(request => ({ status: 401, body: echoError(request) })),
];

type Callbacks = readonly ((event: unknown) => void)[];

/** The ways in which an LLM is asked. What a hand-written `call()` does when it is called directly is its author's alone. */
const ways: readonly ((trial: Trial, callbacks: Callbacks) => Promise<unknown>)[] = [
  ({ llm }, callbacks) => llm.call('Hello', { callbacks }),
  ({ llm }, callbacks) => llm.generate('Hello', { callbacks }),
  ({ llm }, callbacks) => collectParts(llm.stream('Hello', { callbacks })),
];

/** Where secrets must not be. */
export const leakChecks: readonly Check[] = [
  {
    name: 'no secret is in an error',
    family: 'leaks',
    why: 'Errors are logged, sent to trackers, and shown to users.',
    guide: guide('secrets'),
    requires: ['credential'],
    trial: { skipsShortSleeps: true },
    async run(trial) {
      for (const error of await failInEveryWay(trial)) {
        trial.harness.inspect('error', error);
        if (CrewError.isInstance(error)) trial.harness.inspect('error.toJSON()', error.toJSON());
      }
      trial.harness.assertClean();
    },
  },
  {
    name: 'no secret is in an event',
    family: 'leaks',
    why: 'Events are stored, traced and sent to other services.',
    guide: guide('secrets'),
    requires: ['credential'],
    trial: { skipsShortSleeps: true },
    async run(trial) {
      trial.llm.on('credential', trial.harness.onEvent);
      const callbacks = [trial.harness.onEvent];
      await succeedInEveryWay(trial, callbacks);
      await failInEveryWay(trial, callbacks);
      trial.harness.assertClean();
    },
  },
  {
    name: 'no secret is printed',
    family: 'leaks',
    why: 'What a library prints ends up in the logs of everybody who uses it.',
    guide: guide('secrets'),
    requires: ['credential'],
    trial: { skipsShortSleeps: true },
    async run(trial) {
      await trial.harness.watch(async () => {
        await succeedInEveryWay(trial);
        await failInEveryWay(trial);
      });
      trial.harness.assertClean();
    },
  },
  {
    name: 'no secret is to be seen in the LLM itself',
    family: 'leaks',
    why: 'Programs print, serialise and copy the objects they hold, and so do their error reporters.',
    guide: guide('secrets'),
    requires: ['credential'],
    async run(trial) {
      trial.harness.inspect('llm', trial.llm);
      trial.reply(trial.modelTurn('Welcome.'));
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
    requires: ['credential'],
    async run(trial) {
      trial.reply(trial.modelTurn('Welcome.'));
      const generation = await trial.llm.generate([
        { role: 'system', content: 'You are brief.' },
        { role: 'user', content: 'Hello' },
      ]);
      for (const request of trial.requests) trial.harness.inspectPrompt(trial.wireFormat.decodeRequest(request));
      trial.harness.inspect('generation', generation);
      trial.harness.assertClean();
    },
  },
];

/** Asks in every way, and is answered. */
async function succeedInEveryWay(trial: Trial, callbacks: Callbacks = []): Promise<void> {
  for (const ask of ways) {
    trial.reply(trial.modelTurn('Welcome.'));
    await ask(trial, callbacks);
  }
}

/** What asking is rejected with, in every way, for every failure. Whether it fails is another check. */
async function failInEveryWay(trial: Trial, callbacks: Callbacks = []): Promise<readonly unknown[]> {
  const outcomes: unknown[] = [];
  for (const fail of failures) {
    for (const ask of ways) {
      fail(trial);
      outcomes.push(await ask(trial, callbacks).catch((error: unknown) => error));
    }
  }
  return outcomes;
}

/** Answers with what was asked: its headers, query and body. */
function echoing(trial: Trial, status: number): void {
  trial.defaultReply = (request): Reply => ({
    status,
    headers: { 'x-should-retry': 'false' },
    json: echoError(request),
  });
}

/** An error that repeats the request, its path, headers and body, as gateways show it to whoever looks for a mistake. */
export function echoError({ method, path, headers, body }: RecordedRequest): object {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return { error: { message: [`${method} ${path}`, ...lines, '', body].join('\n'), type: 'echo' } };
}
