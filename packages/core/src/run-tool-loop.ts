import type { BaseLLM } from './base-llm.ts';
import type { Clock } from './clock.ts';
import { nativeDialect } from './loop/native-dialect.ts';
import { ToolLoop } from './loop/tool-loop.ts';
import type { Message, Prompt } from './message.ts';
import type { StepRunner } from './step-runner.ts';
import type { Tool, ToolDefinition } from './tool.ts';
import type { Generation, TokenUsage } from './turn.ts';
import { refuseInsideCall } from './turn-lifecycle.ts';
import type { CallOptions } from './turn-options.ts';

/** What a tool loop runs on. The options of a turn are those of each turn. */
export interface ToolLoopOptions extends CallOptions {
  readonly messages: Prompt;
  /** Tools made with `tool()`; or, with `availableFunctions`, the definitions of those. */
  readonly tools?: readonly (Tool | ToolDefinition)[] | undefined;
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
}

/** What a tool loop gives. */
export interface ToolLoopResult {
  /** The answer: the model's last text, or the result of a tool with `resultAsAnswer`. */
  readonly text: string;
  /** The whole conversation, the answer included. */
  readonly messages: readonly Message[];
  /** The last turn. */
  readonly generation: Generation;
  /** Tokens of all turns of this loop. */
  readonly usage: TokenUsage;
  /** Turns the model was asked for. */
  readonly turns: number;
  /** Tools that were run. */
  readonly toolCalls: number;
}

/**
 * Asks the model, runs the tools it calls, and asks again until it answers. Each call is answered exactly once, whatever
 * happens; what goes wrong in a tool is told to the model. After `maxToolRounds` rounds (25) the answer is forced.
 *
 * @throws {CrewError} what `llm.generate` throws, and `ToolLoopError` when even the forced turn called tools. The error's
 * `messages` hold the conversation so far, open calls answered "cancelled".
 */
export async function runToolLoop(llm: BaseLLM, options: ToolLoopOptions): Promise<ToolLoopResult> {
  refuseInsideCall(llm, 'runToolLoop(this, ...)', options.messages, options);
  const loop = await ToolLoop.start(llm, options, nativeDialect);
  return loop.run();
}
