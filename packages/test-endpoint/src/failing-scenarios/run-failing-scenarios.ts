import { type Endpoint, startEndpoint } from '../endpoint/endpoint.ts';
import type { RecordedRequest } from '../endpoint/recorded-request.ts';
import { neverAnswers } from '../fault/delivery.ts';
import type { LeakHarness } from '../leak-harness/leak-harness.ts';
import { toolCalls } from '../reply/builders.ts';
import type { Reply } from '../reply/reply.ts';
import { type FailingScenario, failingScenarios, type ScenarioTimeouts } from './failing-scenarios.ts';
import { ScenarioClock } from './scenario-clock.ts';

/** Settings of the client for one scenario. */
export interface ScenarioSetting {
  /** URL to post requests to. */
  readonly endpoint: string;
  /** Certificate authority to trust, in PEM. Undefined over plain http and if the endpoint must not be trusted. */
  readonly ca: string | undefined;
  readonly timeouts: ScenarioTimeouts;
  /** Clock on which the timeouts pass as soon as the server has the request. Pass it to the client, or the run waits for them. */
  readonly clock: ScenarioClock;
  /** Maximum size of a response, in bytes. */
  readonly maxResponseBytes: number | undefined;
}

/** A client whose credentials are planted in the harness. */
export interface ScenarioClient {
  /** Calls of the client by name. Each must reject, also after `close()`. */
  readonly calls: Readonly<Record<string, (call: ScenarioCall) => Promise<unknown>>>;
  /** Objects that a program may print: the client itself, its options, its parts. */
  readonly objects: readonly unknown[];
  /** Returns true if the request carries the planted credentials. A scenario without such a request proves nothing. */
  hasCredentials(request: RecordedRequest): boolean;
  close?(): void | Promise<void>;
}

/** Arguments of a call in a scenario. */
export interface ScenarioCall {
  /** Signal that aborts the call. */
  readonly signal: AbortSignal;
  /** Callback that searches an event. Pass it as the client's event callback. */
  readonly onEvent: (event: unknown) => void;
  /** Searches any other output, such as the input of a tool or a stored value. */
  inspect(label: string, value: unknown): void;
}

/**
 * Runs every call of a client in every one of `failingScenarios` and has the harness search the output: printed text, errors, events,
 * the client's objects, the prompts, and the requests to another origin. Call `harness.assertClean()` afterwards.
 *
 * @throws Error that names the scenario if a call does not fail, or if no request with the credentials arrives.
 *
 * @example
 * ```ts
 * import { createLeakHarness, runFailingScenarios } from '@crew/test-endpoint';
 *
 * const harness = createLeakHarness();
 * const apiKey = harness.sentinel('api key');
 *
 * await runFailingScenarios(harness, ({ endpoint, timeouts, clock }) => ({
 *   calls: {
 *     async post({ signal }) {
 *       const finished = new AbortController();
 *       const timeout = new AbortController();
 *       const wait = Math.min(2_000, ...Object.values(timeouts));
 *       clock.sleep(wait, finished.signal).then(
 *         () => timeout.abort(),
 *         () => undefined,
 *       );
 *       await fetch(endpoint, {
 *         method: 'POST',
 *         headers: { authorization: `Bearer ${apiKey}` },
 *         body: '{}',
 *         redirect: 'manual',
 *         signal: AbortSignal.any([signal, timeout.signal]),
 *       })
 *         .then(response => response.text())
 *         .catch(() => undefined)
 *         .finally(() => finished.abort());
 *       throw new Error('The call failed.'); // A real client throws its own error here.
 *     },
 *   },
 *   objects: [],
 *   hasCredentials: ({ headers }) => headers['authorization'] === `Bearer ${apiKey}`,
 * }));
 * harness.assertClean();
 * ```
 */
export async function runFailingScenarios(
  harness: LeakHarness,
  connect: (setting: ScenarioSetting) => ScenarioClient | Promise<ScenarioClient>,
): Promise<void> {
  // No `await using`: test programs also run this source on Node 22, which does not support it.
  const elsewhere = await startEndpoint({ path: '*', respond: (): Reply => ({ status: 200, body: 'stolen' }) });
  try {
    harness.forbidOrigin(elsewhere);
    for (const scenario of failingScenarios) await runScenario(harness, connect, scenario, elsewhere.origin);
    harness.report();
  } finally {
    await elsewhere.close();
  }
}

async function runScenario(
  harness: LeakHarness,
  connect: (setting: ScenarioSetting) => ScenarioClient | Promise<ScenarioClient>,
  scenario: FailingScenario,
  elsewhere: string,
): Promise<void> {
  const endpoint = await startEndpoint({
    path: '*',
    ...scenario.endpoint,
    respond: request => {
      const tool = offeredTool(request);
      // A request with tools gets a tool call, so that a tool loop runs its tool before it fails.
      if (tool !== undefined) return toolCalls([{ name: tool, arguments: {} }]);
      return scenario.respond?.(request, elsewhere) ?? neverAnswers();
    },
  });
  try {
    await runCalls(harness, connect, scenario, endpoint);
  } finally {
    await endpoint.close();
  }
}

async function runCalls(
  harness: LeakHarness,
  connect: (setting: ScenarioSetting) => ScenarioClient | Promise<ScenarioClient>,
  scenario: FailingScenario,
  endpoint: Endpoint,
): Promise<void> {
  const { name, timeouts = {}, maxResponseBytes } = scenario;
  const ca = scenario.isUntrusted ? undefined : endpoint.ca;
  const clock = new ScenarioClock();
  const client = await connect({ endpoint: endpoint.url, ca, timeouts, clock, maxResponseBytes });
  const inspect = (label: string, value: unknown): void => harness.inspect(`${name}: ${label}`, value);
  for (const [kind, call] of Object.entries(client.calls)) {
    const { signal, stop } = abortOnRequest(scenario, endpoint.nextRequest());
    const stopClock = fastForward(scenario, clock, () => endpoint.requests.length);
    const { onEvent } = harness;
    const outcome = await harness.watch(() => call({ signal, onEvent, inspect }), `${name}: ${kind}`);
    stopClock();
    stop();
    if (!('error' in outcome)) throw new Error(`${name}: ${kind} did not fail.`);
  }
  const hasArrived = endpoint.requests.some(request => client.hasCredentials(request));
  if (hasArrived !== (scenario.respond !== undefined)) {
    throw new Error(`${name}: ${hasArrived ? 'a request arrived' : 'no request with the credentials arrived'}.`);
  }
  for (const { body } of endpoint.requests) harness.inspectPrompt(body);
  for (const part of client.objects) inspect('an object', part);
  await harness.watch(() => client.close?.(), `${name}: close`);
  for (const part of client.objects) inspect('an object, after close', part);
}

/** Returns the first tool that a request offers, unless the request already contains a tool result. */
function offeredTool({ json }: RecordedRequest): string | undefined {
  const body = JSON.stringify(json ?? {});
  const tools = body.indexOf('"tools":[{');
  return tools === -1 || body.includes('"role":"tool"') ? undefined : /"name":"(\w+)"/.exec(body.slice(tools))?.[1];
}

/** Moves the clock past the timeouts of the scenario: as soon as the request arrives, or immediately if none is expected. */
function fastForward({ timeouts, respond }: FailingScenario, clock: ScenarioClock, requests: () => number): () => void {
  if (timeouts === undefined) return () => undefined;
  const before = requests();
  const deadline = Math.max(...Object.values(timeouts));
  const timer = setInterval(() => {
    if (respond === undefined || requests() > before) clock.advance(deadline / 2);
  }, 5);
  return () => clearInterval(timer);
}

/** Returns a signal that aborts when the server has the request, if the scenario requires that. */
function abortOnRequest(
  scenario: FailingScenario,
  arrived: Promise<RecordedRequest>,
): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  let isOver = false;
  arrived.then(
    () => {
      if (scenario.isAborted && !isOver) controller.abort(new Error('no longer wanted'));
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
