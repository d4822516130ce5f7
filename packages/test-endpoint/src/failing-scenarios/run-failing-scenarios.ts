import { type Endpoint, startEndpoint } from '../endpoint/endpoint.ts';
import type { RecordedRequest } from '../endpoint/recorded-request.ts';
import { neverAnswers } from '../fault/delivery.ts';
import type { LeakHarness } from '../leak-harness/leak-harness.ts';
import { toolCalls } from '../reply/builders.ts';
import type { Reply } from '../reply/reply.ts';
import { type FailingScenario, failingScenarios, type ScenarioTimeouts } from './failing-scenarios.ts';
import { ScenarioClock } from './scenario-clock.ts';

/** What a client is made with for one scenario. */
export interface ScenarioSetting {
  /** The URL to post to. */
  readonly endpoint: string;
  /** PEM of the authority to trust; undefined over plain http, and where the endpoint is not to be trusted. */
  readonly ca: string | undefined;
  readonly timeouts: ScenarioTimeouts;
  /**
   * A clock on which the deadlines of `timeouts` pass as soon as the server has the request. Give it to the client: with
   * another one the run waits for them.
   */
  readonly clock: ScenarioClock;
  /** The most bytes that an answer may have. */
  readonly maxResponseBytes: number | undefined;
}

/** A client whose credentials were planted in the harness. */
export interface ScenarioClient {
  /** The ways of asking it, by name. Each must reject, also after `close()`. */
  readonly calls: Readonly<Record<string, (call: ScenarioCall) => Promise<unknown>>>;
  /** What a program may print: the client itself, its options, its parts. */
  readonly objects: readonly unknown[];
  /** Whether a request carries the planted credentials: a scenario that sent none would show nothing. */
  isSent(request: RecordedRequest): boolean;
  close?(): void | Promise<void>;
}

/** One call of a scenario. */
export interface ScenarioCall {
  /** Ends the call. */
  readonly signal: AbortSignal;
  /** To be told of every event. */
  readonly events: (event: unknown) => void;
  /** Searches whatever else comes out: what a tool is given, what is stored. */
  show(label: string, value: unknown): void;
}

/**
 * Lets each way of asking a client fail in every way of `failingScenarios`, and has the harness search all that comes out: what is
 * printed and thrown, events, the client's objects, what the model was sent, and what another origin was sent. The report is the
 * caller's to ask for.
 *
 * @throws Error naming the scenario, when a call does not fail, or when no request with the credentials arrived.
 */
export async function runFailingScenarios(
  harness: LeakHarness,
  connect: (setting: ScenarioSetting) => ScenarioClient | Promise<ScenarioClient>,
): Promise<void> {
  // Not `await using`: programs of tests run this source on Node 22 too, which does not know it.
  const elsewhere = await startEndpoint({ path: '*', respond: (): Reply => ({ status: 200, body: 'stolen' }) });
  try {
    harness.origin(elsewhere);
    for (const scenario of failingScenarios) await run(harness, connect, scenario, elsewhere.origin);
    harness.report();
  } finally {
    await elsewhere.close();
  }
}

async function run(
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
      // A tool loop gets as far as its tool.
      if (tool !== undefined) return toolCalls([{ name: tool, arguments: {} }]);
      return scenario.respond?.(request, elsewhere) ?? neverAnswers();
    },
  });
  try {
    await fail(harness, connect, scenario, endpoint);
  } finally {
    await endpoint.close();
  }
}

async function fail(
  harness: LeakHarness,
  connect: (setting: ScenarioSetting) => ScenarioClient | Promise<ScenarioClient>,
  scenario: FailingScenario,
  endpoint: Endpoint,
): Promise<void> {
  const { name, timeouts = {}, maxResponseBytes } = scenario;
  const ca = scenario.distrusts ? undefined : endpoint.ca;
  const clock = new ScenarioClock();
  const client = await connect({ endpoint: endpoint.url, ca, timeouts, clock, maxResponseBytes });
  const show = (label: string, value: unknown): void => harness.inspect(`${name}: ${label}`, value);
  for (const [kind, call] of Object.entries(client.calls)) {
    const { signal, stop } = aborting(scenario, endpoint.nextRequest());
    const stopTime = hurrying(scenario, clock, () => endpoint.requests.length);
    const outcome = await harness.watch(() => call({ signal, events: harness.events, show }), `${name}: ${kind}`);
    stopTime();
    stop();
    if (!('error' in outcome)) throw new Error(`${name}: ${kind} did not fail.`);
  }
  const arrived = endpoint.requests.some(request => client.isSent(request));
  if (arrived !== (scenario.respond !== undefined)) {
    throw new Error(`${name}: ${arrived ? 'a request arrived' : 'no request with the credentials arrived'}.`);
  }
  for (const { body } of endpoint.requests) harness.prompts(body);
  for (const part of client.objects) show('an object', part);
  await harness.watch(() => client.close?.(), `${name}: close`);
  for (const part of client.objects) show('an object, after close', part);
}

/** The first tool that a request offers, unless a tool has already answered. */
function offeredTool({ json }: RecordedRequest): string | undefined {
  const asked = JSON.stringify(json ?? {});
  const tools = asked.indexOf('"tools":[{');
  return tools === -1 || asked.includes('"role":"tool"') ? undefined : /"name":"(\w+)"/.exec(asked.slice(tools))?.[1];
}

/** Moves the clock on, from the request on where one arrives, until the deadline of the scenario has passed. */
function hurrying({ timeouts, respond }: FailingScenario, clock: ScenarioClock, requests: () => number): () => void {
  if (timeouts === undefined) return () => undefined;
  const before = requests();
  const deadline = Math.max(...Object.values(timeouts));
  const timer = setInterval(() => {
    if (respond === undefined || requests() > before) clock.skip(deadline / 2);
  }, 5);
  return () => clearInterval(timer);
}

/** A signal that is aborted when the server has the request, where the scenario wants that. */
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
