import { TimeoutError } from '../errors/run-errors.ts';
import { thrownText } from '../errors/to-crew-error.ts';
import { type EventCallback, emit } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import { abortReason, Deadline, throwIfAborted } from '../execution/deadline.ts';
import type { StepRunner } from '../execution/step-runner.ts';
import { parseJson } from '../json.ts';
import type { ToolCall } from '../messages/message.ts';
import { excerpt } from '../messages/printable.ts';
import type { Tool } from '../tools/tool.ts';
import { toolResultText } from '../tools/tool-result.ts';
import { isComposite } from './composite-tool.ts';
import { runStep } from './step.ts';
import { isStepFailure } from './step-failure.ts';
import type { ToolOutcome } from './tool-outcome.ts';

/** Calls of one turn that run at the same time. */
const CONCURRENCY = 8;
/** Calls of one turn that are run. A model that loops could otherwise make any number. */
const MOST_CALLS = 128;

/** What the tools of one run share. */
export interface ToolRun {
  readonly tools: readonly Tool[];
  /** The tool that the model means by a name. */
  readonly find: (name: string) => Tool | undefined;
  readonly runId: string;
  readonly authContext: unknown;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly callbacks: readonly EventCallback[] | undefined;
  readonly steps: StepRunner | undefined;
  /** The full name of a step. */
  readonly stepName: (step: string) => string;
}

/** Runs the tool calls of a run's turns and remembers what its rules need: uses, results, the turn before. */
export class ToolRunner {
  readonly #run: ToolRun;
  readonly #uses = new Map<Tool, number>();
  readonly #cached = new Map<string, string>();
  #previous: ReadonlySet<string> = new Set();
  /** Calls that were answered by running a tool. */
  executed = 0;

  constructor(run: ToolRun) {
    this.#run = run;
  }

  /**
   * Runs the calls of one turn, at most `MOST_CALLS` of them; the others get an outcome that says so. `settle` is called
   * with each outcome at once, so that none is lost when the run is cancelled.
   */
  async runTurn(turn: number, calls: readonly ToolCall[], settle: (outcome: ToolOutcome) => void): Promise<void> {
    const { signal } = this.#run;
    for (const call of calls.slice(MOST_CALLS)) settle({ call, ok: false, text: tooManyCalls(calls.length) });
    const previous = this.#previous;
    const pending = calls.slice(0, MOST_CALLS).map((call, index) => ({
      call,
      key: callKey(call),
      step: `tool/${turn}/${index + 1}`,
      tool: this.#run.find(call.name),
    }));
    this.#previous = new Set(pending.map(({ key }) => key));
    for (let start = 0; start < pending.length; ) {
      throwIfAborted(signal, 'The run');
      const batch = nextBatch(pending, start);
      start += batch.length;
      await settleAll(
        batch.map(async ({ call, key, step, tool }) => {
          const outcome = await this.#runCall(call, tool, step);
          const repeated = previous.has(key) && tool?.repeatable !== true;
          settle(repeated ? { ...outcome, remark: REPEATED } : outcome);
        }),
      );
    }
  }

  async #runCall(call: ToolCall, tool: Tool | undefined, step: string): Promise<ToolOutcome> {
    const { callbacks, clock, tools, runId } = this.#run;
    const span = callbacks && { runId: crypto.randomUUID(), parentId: runId, toolCallId: call.id, name: call.name };
    const startedAt = clock.monotonic();
    if (span) emit(callbacks, { type: 'tool-start', ...span, at: clock.wall(), arguments: call.arguments });
    const outcome =
      tool === undefined ? { call, ok: false, text: unknownTool(call.name, tools) } : await this.#use(tool, call, step);
    if (span) {
      const ended = { ...span, at: clock.wall(), durationMs: clock.monotonic() - startedAt };
      if (outcome.ok) emit(callbacks, { type: 'tool-finish', ...ended, result: outcome.text });
      else emit(callbacks, { type: 'tool-error', ...ended, message: outcome.text });
    }
    return outcome;
  }

  async #use(tool: Tool, call: ToolCall, step: string): Promise<ToolOutcome> {
    const key = callKey(call);
    const known = tool.cache ? this.#cached.get(key) : undefined;
    if (known !== undefined) return { call, ok: true, text: known };
    const used = this.#uses.get(tool) ?? 0;
    if (tool.maxUses !== undefined && used >= tool.maxUses) {
      const times = tool.maxUses === 1 ? 'once' : `${tool.maxUses} times`;
      return {
        call,
        ok: false,
        text: `Error: "${tool.name}" may be used ${times} in a run, and was. Go on without it.`,
      };
    }
    this.#uses.set(tool, used + 1);
    this.executed += 1;
    const { steps, stepName, signal } = this.#run;
    const { ok, text } = isComposite(tool)
      ? await this.#execute(tool, call, signal)
      : await runStep(steps, stepName(step), signal, inner => this.#execute(tool, call, inner));
    if (ok && tool.cache) this.#cached.set(key, text);
    return { call, ok, text };
  }

  /** One run of the tool. What it throws is told to the model; only what ends the run itself is thrown on. */
  async #execute(tool: Tool, call: ToolCall, parent: AbortSignal): Promise<{ ok: boolean; text: string }> {
    const { clock, runId, authContext } = this.#run;
    const { timeout } = tool;
    const deadline = new Deadline({
      subject: `Tool "${tool.name}"`,
      clock,
      parent,
      milliseconds: timeout,
      onExpiry: () =>
        new TimeoutError(`"${tool.name}" took longer than its timeout of ${timeout} ms and was cancelled.`, {
          deadline: 'tool',
          milliseconds: timeout,
        }),
    });
    try {
      const context = { signal: deadline.signal, runId, toolCallId: call.id, authContext };
      deadline.signal.throwIfAborted();
      return {
        ok: true,
        text: toolResultText(await deadline.guard(Promise.resolve(tool.run(call.arguments, context)))),
      };
    } catch (thrown) {
      if (parent.aborted) throw abortReason(parent, 'The run');
      if (isStepFailure(thrown)) throw thrown;
      return { ok: false, text: `Error: ${thrownText(thrown)}` };
    } finally {
      deadline.dispose();
    }
  }
}

const REPEATED =
  'This was an identical call: the same tool with the same arguments as in the turn before. Calling it again will not ' +
  'tell you more.';

function tooManyCalls(calls: number): string {
  return `Error: not run. One turn may call ${MOST_CALLS} tools, and this one called ${calls}. Call what is still needed in your next turn.`;
}

/** Returns the calls that run together next: a sequential tool runs alone. */
function nextBatch<Pending extends { readonly tool: Tool | undefined }>(
  pending: readonly Pending[],
  start: number,
): readonly Pending[] {
  const candidates = pending.slice(start, start + CONCURRENCY);
  const sequential = candidates.findIndex(({ tool }) => tool?.sequential === true);
  if (sequential === -1) return candidates;
  return candidates.slice(0, Math.max(1, sequential));
}

/** Waits for all, then throws what the first failed one threw: nothing goes on unobserved. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}

/** Name and arguments of a call, blind to the arguments' white space. */
function callKey(call: ToolCall): string {
  try {
    return `${call.name} ${JSON.stringify(parseJson(call.arguments))}`;
  } catch {
    return `${call.name} ${call.arguments}`;
  }
}

/** Characters of a name that are shown. A model may make up a name of any length. */
const NAME_LENGTH = 100;

function unknownTool(name: string, tools: readonly Tool[]): string {
  const names = tools.map(tool => `"${tool.name}"`).join(', ');
  return `Error: there is no tool "${excerpt(name, NAME_LENGTH)}". ${names === '' ? 'There are none.' : `The tools are: ${names}.`}`;
}
