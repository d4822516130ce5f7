import { TimeoutError } from '../errors/run-errors.ts';
import { thrownText } from '../errors/to-crew-error.ts';
import { abortReason, Deadline, throwIfAborted } from '../execution/deadline.ts';
import { parseJson } from '../json.ts';
import type { ToolCall } from '../messages/message.ts';
import { excerpt } from '../messages/printable.ts';
import { toolResultText } from '../tools/result-text.ts';
import type { Tool } from '../tools/tool.ts';
import { isComposite, isStepFailure } from './steps.ts';
import type { ToolLoopRun } from './tool-loop-run.ts';

/** Calls of one turn that run at the same time. */
const CONCURRENCY = 8;
/** Maximum number of calls of one turn that are run. A model in a loop could otherwise make any number. */
const MAX_CALLS = 128;

/** The outcome of one tool call. */
export interface ToolOutcome {
  readonly call: ToolCall;
  readonly ok: boolean;
  /** The result or the error message, for the model. */
  readonly text: string;
  /** A note for the model that is not part of the result. */
  readonly note?: string | undefined;
}

/** A tool call before it is run. */
interface PendingCall {
  readonly call: ToolCall;
  readonly key: string;
  readonly step: string;
  readonly tool: Tool | undefined;
}

/** Runs the tool calls of one run. Remembers the number of uses, cached results, and the calls of the previous turn. */
export class ToolRunner {
  readonly #run: ToolLoopRun;
  readonly #uses = new Map<Tool, number>();
  readonly #cached = new Map<string, string>();
  #previousKeys: ReadonlySet<string> = new Set();
  /** Number of calls for which a tool was run. */
  executed = 0;

  constructor(run: ToolLoopRun) {
    this.#run = run;
  }

  /**
   * Runs the calls of one turn. Calls beyond `MAX_CALLS` get an error as their outcome. `settle` is called with each
   * outcome immediately, so that no outcome is lost when the run is cancelled.
   */
  async runCalls(turn: number, calls: readonly ToolCall[], settle: (outcome: ToolOutcome) => void): Promise<void> {
    for (const call of calls.slice(MAX_CALLS)) settle({ call, ok: false, text: tooManyCalls(calls.length) });
    const previousKeys = this.#previousKeys;
    const pending = calls.slice(0, MAX_CALLS).map((call, index) => ({
      call,
      key: callKey(call),
      step: `tool/${turn}/${index + 1}`,
      tool: this.#run.findTool(call.name),
    }));
    this.#previousKeys = new Set(pending.map(({ key }) => key));
    for (let start = 0; start < pending.length; ) {
      throwIfAborted(this.#run.signal, 'The run');
      const batch = nextBatch(pending, start);
      start += batch.length;
      await settleAll(
        batch.map(async pendingCall => {
          const outcome = await this.#runCall(pendingCall);
          const repeated = previousKeys.has(pendingCall.key) && pendingCall.tool?.repeatable !== true;
          settle(repeated ? { ...outcome, note: REPEATED_CALL } : outcome);
        }),
      );
    }
  }

  async #runCall({ call, key, step, tool }: PendingCall): Promise<ToolOutcome> {
    const { clock, tools, id: parentId } = this.#run;
    // Without listeners, no event is created.
    const span = this.#run.callbacks && {
      runId: crypto.randomUUID(),
      parentId,
      toolCallId: call.id,
      name: call.name,
    };
    const startedAt = clock.monotonic();
    if (span) this.#run.emit({ type: 'tool-start', ...span, at: clock.wall(), arguments: call.arguments });
    const outcome =
      tool === undefined
        ? { call, ok: false, text: unknownTool(call.name, tools) }
        : await this.#useTool(tool, call, key, step);
    if (span) {
      const end = { ...span, at: clock.wall(), durationMs: clock.monotonic() - startedAt };
      if (outcome.ok) this.#run.emit({ type: 'tool-finish', ...end, result: outcome.text });
      else this.#run.emit({ type: 'tool-error', ...end, message: outcome.text });
    }
    return outcome;
  }

  async #useTool(tool: Tool, call: ToolCall, key: string, step: string): Promise<ToolOutcome> {
    const cached = tool.cache ? this.#cached.get(key) : undefined;
    if (cached !== undefined) return { call, ok: true, text: cached };
    const uses = this.#uses.get(tool) ?? 0;
    if (tool.maxUses !== undefined && uses >= tool.maxUses) {
      const times = tool.maxUses === 1 ? 'once' : `${tool.maxUses} times`;
      return {
        call,
        ok: false,
        text: `Error: "${tool.name}" may be used ${times} in a run, and was. Go on without it.`,
      };
    }
    this.#uses.set(tool, uses + 1);
    this.executed += 1;
    const { ok, text } = isComposite(tool)
      ? await this.#execute(tool, call, this.#run.signal)
      : await this.#run.runStep(step, signal => this.#execute(tool, call, signal));
    if (ok && tool.cache) this.#cached.set(key, text);
    return { call, ok, text };
  }

  /** Executes the tool once. Its errors become the result of the call; only an error that ends the run is thrown. */
  async #execute(tool: Tool, call: ToolCall, parent: AbortSignal): Promise<{ ok: boolean; text: string }> {
    const { clock, id: runId, options } = this.#run;
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
      const context = { signal: deadline.signal, runId, toolCallId: call.id, authContext: options.authContext };
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

const REPEATED_CALL =
  'This was an identical call: the same tool with the same arguments as in the turn before. Calling it again will not ' +
  'tell you more.';

function tooManyCalls(calls: number): string {
  return `Error: not run. One turn may call ${MAX_CALLS} tools, and this one called ${calls}. Call what is still needed in your next turn.`;
}

/** Returns the calls to run concurrently next. A sequential tool runs alone. */
function nextBatch(pending: readonly PendingCall[], start: number): readonly PendingCall[] {
  const candidates = pending.slice(start, start + CONCURRENCY);
  const sequential = candidates.findIndex(({ tool }) => tool?.sequential === true);
  if (sequential === -1) return candidates;
  return candidates.slice(0, Math.max(1, sequential));
}

/** Waits for all promises, then throws the error of the first that was rejected: none continues unobserved. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}

/** Returns the name and arguments of a call, without the whitespace of the arguments. */
function callKey(call: ToolCall): string {
  try {
    return `${call.name} ${JSON.stringify(parseJson(call.arguments))}`;
  } catch {
    return `${call.name} ${call.arguments}`;
  }
}

/** Maximum length of a name in a message, in characters. A model can invent a name of any length. */
const MAX_NAME_LENGTH = 100;

function unknownTool(name: string, tools: readonly Tool[]): string {
  const names = tools.map(tool => `"${tool.name}"`).join(', ');
  return `Error: there is no tool "${excerpt(name, MAX_NAME_LENGTH)}". ${names === '' ? 'There are none.' : `The tools are: ${names}.`}`;
}
