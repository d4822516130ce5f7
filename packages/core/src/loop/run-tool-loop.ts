import { copyOptions } from '../errors/check-options.ts';
import type { CrewError } from '../errors/crew-error.ts';
import { type Clock, systemClock } from '../execution/clock.ts';
import { Deadline } from '../execution/deadline.ts';
import type { RateLimiter } from '../execution/rate-limiter.ts';
import type { StepRunner } from '../execution/step-runner.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { rejectInsideCall } from '../llm/call-contract.ts';
import type { Generation, TokenUsage } from '../llm/turn.ts';
import { type CallOptions, checkTurnOptions, copyTurnOptions, type TurnOptions } from '../llm/turn-options.ts';
import type { Message, Prompt } from '../messages/message.ts';
import type { Tool, ToolDefinition } from '../tools/tool.ts';
import { randomId } from './step.ts';
import { ToolLoop } from './tool-loop.ts';

/** What a tool loop runs on. The options of a turn are those of each turn. */
export interface ToolLoopOptions extends CallOptions {
  readonly messages: Prompt;
  /** Tools made with `tool()`; or, with `availableFunctions`, the definitions of those. */
  readonly tools?: readonly (Tool | ToolDefinition)[] | undefined;
  /**
   * How tool calls are written: by the provider's own API, or as text (ReAct) that is read out of the reply. Whoever
   * calls gives plain messages in either case: the text protocol puts its listing of the tools and its format in the
   * system message of each request, or in the first user message where there is none. Default: as
   * `llm.supportsFunctionCalling()` says. A run that the provider tells that it supports no tools goes on as text.
   */
  readonly protocol?: ToolProtocol | undefined;
  /**
   * Summarises the conversation when it would no longer fit the model's context window; `false` makes that a
   * `ContextWindowExceededError`. Default true.
   */
  readonly respectContextWindow?: boolean | undefined;
  /** Asked before each request to the model. Share one between runs that use up the same allowance. */
  readonly rateLimiter?: RateLimiter | undefined;
  /** Asks the model through `stream`, so that deltas are told as events. Default false. */
  readonly stream?: boolean | undefined;
  /** Makes the run durable. See `StepRunner`. */
  readonly steps?: StepRunner | undefined;
  /** Put before every step's name, to tell loops of one workflow apart. */
  readonly stepPrefix?: string | undefined;
  /** The id of the run, where the caller already told of it. */
  readonly runId?: string | undefined;
  /** Where time comes from. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  /** Told of a model turn that failed; when it resolves to true the turn is asked for again. `retry` counts from 1. */
  readonly retryTurn?: ((error: CrewError, retry: number) => Promise<boolean>) | undefined;
}

const LOOP_OPTIONS: readonly string[] = Object.keys({
  messages: true,
  protocol: true,
  respectContextWindow: true,
  rateLimiter: true,
  stream: true,
  steps: true,
  stepPrefix: true,
  runId: true,
  clock: true,
  retryTurn: true,
  availableFunctions: true,
  maxToolRounds: true,
} satisfies Record<Exclude<keyof ToolLoopOptions, keyof TurnOptions>, true>);

/** How tool calls travel: in the provider's own fields, or as text in the messages. */
export type ToolProtocol = 'native' | 'text';

/** What a tool loop gives. */
export interface ToolLoopResult {
  /** The answer: the model's last text, or the result of a tool with `resultAsAnswer`. */
  readonly text: string;
  /** The whole conversation, the answer included. */
  readonly messages: readonly Message[];
  /** The last turn. */
  readonly generation: Generation;
  /** Tokens of all turns of this loop, summaries included. */
  readonly usage: TokenUsage;
  /** Turns the model was asked for. */
  readonly turns: number;
  /** Tools that were run. */
  readonly toolCalls: number;
  /** The protocol that the run ended with. Give it to the next run on the same LLM, so that it need not find out again. */
  readonly protocol: ToolProtocol;
}

/**
 * Asks the model, runs the tools it calls, and asks again until it answers. Each call is answered exactly once, whatever
 * happens; what goes wrong in a tool is told to the model. After `maxToolRounds` rounds (25) the answer is forced.
 *
 * @throws {CrewError} what `llm.generate` throws, and `ToolLoopError` when even the forced turn called tools. The error's
 * `messages` hold the conversation so far, open calls answered "cancelled".
 */
export async function runToolLoop(llm: BaseLLM, options: ToolLoopOptions): Promise<ToolLoopResult> {
  rejectInsideCall(llm, 'runToolLoop(this, ...)', options.messages, options);
  return withToolLoop(llm, options, loop => loop.run());
}

/** Makes a loop, and lets go of its caller's signal after its use. */
export async function withToolLoop<Result>(
  llm: BaseLLM,
  given: ToolLoopOptions,
  use: (loop: ToolLoop) => Promise<Result>,
): Promise<Result> {
  const options = copyOptions(copyTurnOptions(given), LOOP_OPTIONS);
  checkTurnOptions(options);
  const { clock = systemClock, signal: parent, steps } = options;
  const deadline = new Deadline({ subject: 'The run', clock, parent });
  try {
    const runId = options.runId ?? (steps ? await randomId(steps) : crypto.randomUUID());
    return await use(new ToolLoop(llm, options, runId, deadline.signal));
  } finally {
    deadline.dispose();
  }
}
