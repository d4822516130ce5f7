import { type BaseLLM, runToolLoop, type StepRunner, systemClock, tool } from '@crew/core';
import type { LeakHarness, RecordedRequest, ScenarioCall, ScenarioClient } from '@crew/test-endpoint';

/** An LLM for `runFailingScenarios`. */
export interface ScenarioClientOptions {
  readonly llm: BaseLLM;
  readonly harness: LeakHarness;
  /** Whether a request carries the planted credentials. */
  isSent(request: RecordedRequest): boolean;
  /** What else a program may print: its authenticator, its options. */
  readonly objects?: readonly unknown[] | undefined;
}

/**
 * An LLM as `runFailingScenarios` of test-endpoint asks for it: called, streamed, put into a tool loop with a journal,
 * and called again when it is closed. All its events go to the harness.
 *
 * @example
 * await runFailingScenarios(harness, setting => {
 *   const llm = new MyLLM({ ...setting, apiKey });
 *   return scenarioClient({ llm, harness, isSent: ({ headers }) => headers['x-api-key'] === apiKey });
 * });
 */
export function scenarioClient({ llm, harness, isSent, objects = [] }: ScenarioClientOptions): ScenarioClient {
  for (const type of ['turn-error', 'turn-retry', 'credential', 'tool-finish'] as const) llm.on(type, harness.events);
  return {
    calls: {
      call: ({ signal, events }) => llm.generate('Hello', { signal, callbacks: [events] }),
      async stream({ signal, events }) {
        for await (const _part of llm.stream('Hello', { signal, callbacks: [events] }));
      },
      'tool loop': call => toolLoop(llm, call),
    },
    objects: [llm, ...objects],
    isSent,
    async close() {
      await llm.close();
      harness.inspect('a call after close', await llm.generate('Hello').catch((error: unknown) => error));
    },
  };
}

async function toolLoop(llm: BaseLLM, { signal, events, show }: ScenarioCall): Promise<void> {
  const journal: unknown[] = [];
  const look = tool({
    name: 'look',
    description: 'Looks around.',
    parameters: { type: 'object' },
    execute: (input, context) => {
      show('what a tool is given', [input, context]);
      return 'nothing to see';
    },
  });
  const steps = recorder(journal);
  try {
    await runToolLoop(llm, { signal, callbacks: [events], messages: 'Hello', tools: [look], steps });
  } finally {
    show('the journal', journal);
  }
}

/** Runs each step, and keeps its result as a durable journal would. */
function recorder(journal: unknown[]): StepRunner {
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
