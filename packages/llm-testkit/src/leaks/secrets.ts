import { CrewError } from '@crew/core';
import { type RecordedRequest, type Reply, truncated } from '@crew/test-endpoint';
import { collectParts } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';
import type { Trial } from '../trial/trial.ts';

/** Responses that fail a call. Most echo the request, as some gateways do. */
const failures: readonly ((trial: Trial) => void)[] = [
  trial => replyWithEcho(trial, 400),
  trial => replyWithEcho(trial, 500),
  trial => replyWithEcho(trial, 200),
  trial => {
    trial.defaultReply = request => truncated(trial.modelTurn('Half an answer. '.repeat(20))(request), 50);
  },
  trial => trial.refuse(request => ({ status: 401, body: echoError(request) })),
];

type Callbacks = readonly ((event: unknown) => void)[];

/** The ways of calling an LLM. */
const callStyles: readonly ((trial: Trial, callbacks: Callbacks) => Promise<unknown>)[] = [
  ({ llm }, callbacks) => llm.call('Hello', { callbacks }),
  ({ llm }, callbacks) => llm.generate('Hello', { callbacks }),
  ({ llm }, callbacks) => collectParts(llm.stream('Hello', { callbacks })),
];

/** Checks of places that must not contain secrets. */
export const leakChecks: readonly Check[] = [
  {
    name: 'puts no secret into an error',
    family: 'leaks',
    why: 'Errors are logged, sent to error trackers and shown to users.',
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
    name: 'puts no secret into an event',
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
    name: 'prints no secret',
    family: 'leaks',
    why: 'The output of a library ends up in the logs of everybody who uses it.',
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
    name: 'exposes no secret on the LLM object',
    family: 'leaks',
    why: 'Programs and error reporters print, serialise and copy objects.',
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
    name: 'sends no secret to the model',
    family: 'leaks',
    why: 'A model repeats its prompt to anybody who asks for it.',
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

/** Calls the LLM in every way, with success. */
async function succeedInEveryWay(trial: Trial, callbacks: Callbacks = []): Promise<void> {
  for (const callLLM of callStyles) {
    trial.reply(trial.modelTurn('Welcome.'));
    await callLLM(trial, callbacks);
  }
}

/** Calls the LLM in every way for every failure and returns the errors. Other checks verify that the calls fail. */
async function failInEveryWay(trial: Trial, callbacks: Callbacks = []): Promise<readonly unknown[]> {
  const outcomes: unknown[] = [];
  for (const fail of failures) {
    for (const callLLM of callStyles) {
      fail(trial);
      outcomes.push(await callLLM(trial, callbacks).catch((error: unknown) => error));
    }
  }
  return outcomes;
}

/** Sets a default reply that echoes the request: its headers, query and body. */
function replyWithEcho(trial: Trial, status: number): void {
  trial.defaultReply = (request): Reply => ({
    status,
    headers: { 'x-should-retry': 'false' },
    json: echoError(request),
  });
}

/** Returns an error body that echoes the path, headers and body of the request, as debug pages of gateways do. */
function echoError({ method, path, headers, body }: RecordedRequest): object {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return { error: { message: [`${method} ${path}`, ...lines, '', body].join('\n'), type: 'echo' } };
}
