import { CrewError, runToolLoop, type StepRunner, systemClock, tool } from '@crew/core';
import type { HttpLLM, HttpLLMOptions } from '@crew/llm-http';
import {
  type LeakHarness,
  neverAnswers,
  type RecordedRequest,
  startEndpoint,
  text,
  toolCalls,
} from '@crew/test-endpoint';
import { expect } from 'vitest';
import { echoOf, type FailingScenario, failingScenarios } from './failing-scenarios.ts';

/** An LLM whose credentials were planted in the harness. */
export interface PlantedLLM {
  readonly llm: HttpLLM;
  /** What else may be printed, such as its authenticators. */
  readonly parts?: readonly unknown[] | undefined;
  /** Whether a request carries the planted credentials: a scenario that sent none would show nothing. */
  isSent(request: RecordedRequest): boolean;
}

/**
 * Lets each kind of call of an LLM fail in every way, and hands the harness all that comes out: output, errors, events, the journal, the
 * objects themselves, what the model was sent, and what another endpoint was sent. The report is the caller's to ask for.
 */
export async function runFailingScenarios(
  harness: LeakHarness,
  plant: (options: HttpLLMOptions) => PlantedLLM,
): Promise<void> {
  await using elsewhere = await startEndpoint({ path: '*', respond: () => text('stolen') });
  harness.origin(elsewhere);
  for (const scenario of failingScenarios) await runScenario(harness, plant, scenario, elsewhere.origin);
  harness.report();
}

async function runScenario(
  harness: LeakHarness,
  plant: (options: HttpLLMOptions) => PlantedLLM,
  scenario: FailingScenario,
  elsewhere: string,
): Promise<void> {
  const respond = (request: RecordedRequest) => {
    if (asksForTool(request)) return toolCalls([{ name: 'look', arguments: {} }]);
    return scenario.respond?.(echoOf(request), elsewhere) ?? neverAnswers();
  };
  await using endpoint = await startEndpoint({ path: '*', respond, ...scenario.endpoint });
  const { llm, parts, isSent } = plant({
    endpoint: endpoint.url,
    ca: endpoint.ca,
    retry: { retries: 1, baseDelay: 0 },
    ...scenario.options,
  });
  const show = (label: string, value: unknown): void => harness.inspect(`${scenario.name}: ${label}`, value);
  for (const type of ['turn-error', 'turn-retry', 'credential', 'tool-finish'] as const) llm.on(type, harness.events);
  for (const [kind, run] of Object.entries(calls)) {
    const { signal, stop } = aborting(scenario, endpoint.nextRequest());
    const options = { signal, callbacks: [harness.events] };
    const { error } = await harness.watch(() => run(llm, options, show), `${scenario.name}: ${kind}`);
    stop();
    expect(CrewError.isInstance(error), `${scenario.name}: ${kind}`).toBe(true);
  }
  expect(endpoint.requests.some(isSent), scenario.name).toBe(scenario.arrives ?? true);
  for (const { body } of endpoint.requests) harness.prompts(body);
  show('the LLM', llm);
  await harness.watch(() => llm.close(), `${scenario.name}: close`);
  for (const part of [llm, ...(parts ?? [])]) show('an object, after close', part);
  const late = await harness.watch(() => llm.call('Hello'), `${scenario.name}: a call after close`);
  expect(late.error).toMatchObject({ code: 'ABORTED' });
}

interface RunOptions {
  readonly signal: AbortSignal;
  readonly callbacks: readonly ((event: unknown) => void)[];
}

type Show = (label: string, value: unknown) => void;

/** The ways of asking an LLM. */
const calls: Readonly<Record<string, (llm: HttpLLM, options: RunOptions, show: Show) => Promise<unknown>>> = {
  call: (llm, options) => llm.call('Hello', options),
  async stream(llm, options) {
    for await (const _part of llm.stream('Hello', options));
  },
  async 'tool loop'(llm, options, show) {
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
    try {
      return await runToolLoop(llm, { ...options, messages: 'Hello', tools: [look], steps: recorder(journal) });
    } finally {
      show('the journal', journal);
    }
  },
};

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

function asksForTool({ json }: RecordedRequest): boolean {
  const asked = JSON.stringify(json ?? {});
  return asked.includes('"tools":') && !asked.includes('"role":"tool"');
}

function aborting(scenario: FailingScenario, arrived: Promise<RecordedRequest>): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  let isOver = false;
  arrived.then(
    () => {
      if (scenario.aborts && !isOver) controller.abort(new Error('no longer wanted'));
    },
    () => undefined,
  );
  return {
    signal: controller.signal,
    stop: () => {
      isOver = true;
    },
  };
}
