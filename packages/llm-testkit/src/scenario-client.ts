import { type BaseLLM, runToolLoop, type StepRunner, systemClock, tool } from '@crew/core';
import type { LeakHarness, RecordedRequest, ScenarioCall, ScenarioClient } from '@crew/test-endpoint';

/** Options of `scenarioClient`. */
export interface ScenarioClientOptions {
  readonly llm: BaseLLM;
  readonly harness: LeakHarness;
  /** Returns true if the request carries the planted credentials. */
  hasCredentials(request: RecordedRequest): boolean;
  /** Further objects that a program may print, such as the authenticator and the options. */
  readonly objects?: readonly unknown[] | undefined;
}

/**
 * Returns the client of an LLM for `runFailingScenarios`. It calls the LLM, streams, runs a tool loop with a journal, and calls the LLM
 * again after it is closed. The harness searches all its events.
 *
 * @example
 * ```ts
 * import { HttpLLM } from '@crew/llm-http';
 * import { createLeakHarness, runFailingScenarios, scenarioClient } from '@crew/llm-testkit';
 *
 * const harness = createLeakHarness();
 * const apiKey = harness.sentinel('api key');
 *
 * await runFailingScenarios(harness, setting => {
 *   const llm = new HttpLLM({ ...setting, headers: { 'x-api-key': apiKey }, retry: { retries: 0 } });
 *   return scenarioClient({ llm, harness, hasCredentials: ({ headers }) => headers['x-api-key'] === apiKey });
 * });
 * harness.assertClean();
 * ```
 */
export function scenarioClient({ llm, harness, hasCredentials, objects = [] }: ScenarioClientOptions): ScenarioClient {
  for (const type of ['turn-error', 'turn-retry', 'credential', 'tool-finish'] as const) llm.on(type, harness.onEvent);
  return {
    calls: {
      call: ({ signal, onEvent }) => llm.generate('Hello', { signal, callbacks: [onEvent] }),
      async stream({ signal, onEvent }) {
        for await (const _part of llm.stream('Hello', { signal, callbacks: [onEvent] }));
      },
      'tool loop': call => toolLoop(llm, call),
    },
    objects: [llm, ...objects],
    hasCredentials,
    async close() {
      await llm.close();
      harness.inspect('a call after close', await llm.generate('Hello').catch((error: unknown) => error));
    },
  };
}

async function toolLoop(llm: BaseLLM, { signal, onEvent, inspect }: ScenarioCall): Promise<void> {
  const journal: unknown[] = [];
  const look = tool({
    name: 'look',
    description: 'Looks around.',
    parameters: { type: 'object' },
    execute: (input, context) => {
      inspect('the input of a tool', [input, context]);
      return 'nothing to see';
    },
  });
  const steps = journalingRunner(journal);
  try {
    await runToolLoop(llm, { signal, callbacks: [onEvent], messages: 'Hello', tools: [look], steps });
  } finally {
    inspect('the journal', journal);
  }
}

/** Returns a runner that records the result of each step, as a durable journal does. */
function journalingRunner(journal: unknown[]): StepRunner {
  return {
    async run(name, action) {
      const result = await action(new AbortController().signal);
      journal.push({ name, result });
      return result;
    },
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds, signal),
    now: async () => 0,
    randomId: async () => crypto.randomUUID(),
  };
}
