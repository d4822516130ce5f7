import type { CrewError } from '../errors/crew-error.ts';
import type { Clock } from '../execution/clock.ts';
import type { RateLimiter } from '../execution/rate-limiter.ts';
import type { StepRunner } from '../execution/step-runner.ts';
import type { Generation, TokenUsage } from '../llm/turn.ts';
import type { CallOptions, TurnOptions } from '../llm/turn-options.ts';
import type { Message, Prompt } from '../messages/message.ts';
import type { Tool, ToolDefinition } from '../tools/tool.ts';

/** Options of `runToolLoop`. The options of a turn apply to every turn of the loop. */
export interface ToolLoopOptions extends CallOptions {
  /** The conversation so far: a string, or a list of messages. */
  readonly messages: Prompt;
  /** Tools made with `tool()`; with `availableFunctions`, the definitions of those functions. */
  readonly tools?: readonly (Tool | ToolDefinition)[] | undefined;
  /**
   * The protocol in which the model calls tools. The messages passed and returned are the same for both: the ReAct
   * protocol adds its list of tools and its instructions to the system message of each request, or to the first user
   * message if there is no system message. Default: `function-calling` if `llm.supportsFunctionCalling()` returns true,
   * otherwise `react`. If the provider responds that it supports no tools, the run switches to `react`.
   *
   * @example
   * ```ts
   * import { runToolLoop, tool } from '@crew/core';
   * import { fakeLLM } from '@crew/llm-testkit';
   *
   * const lookUp = tool({
   *   name: 'look_up',
   *   description: 'Looks up the population of a city.',
   *   parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
   *   execute: () => 2_100_000,
   * });
   * const llm = fakeLLM([
   *   'Thought: I look it up.\nAction: look_up\nAction Input: {"city": "Paris"}',
   *   'Thought: I now know the final answer\nFinal Answer: 2.1 million',
   * ]);
   *
   * const { text } = await runToolLoop(llm, {
   *   messages: 'How many people live in Paris?',
   *   tools: [lookUp],
   *   toolProtocol: 'react',
   * });
   * console.log(text); // 2.1 million
   * ```
   */
  readonly toolProtocol?: ToolProtocolName | undefined;
  /**
   * Summarises a conversation that no longer fits the model's context window. If false, such a conversation ends the run
   * with a `ContextWindowExceededError`. Default true.
   *
   * @example
   * ```ts
   * import { ContextWindowExceededError, runToolLoop } from '@crew/core';
   * import { fakeLLM } from '@crew/llm-testkit';
   *
   * const llm = fakeLLM([], { contextWindow: 8_192 });
   * try {
   *   await runToolLoop(llm, { messages: 'A very long report. '.repeat(10_000), respectContextWindow: false });
   * } catch (error) {
   *   if (!ContextWindowExceededError.isInstance(error)) throw error;
   *   console.error(error.message);
   * }
   * ```
   */
  readonly respectContextWindow?: boolean | undefined;
  /** A limiter that each request to the model waits for. Share one between runs that draw on the same quota. */
  readonly rateLimiter?: RateLimiter | undefined;
  /** Streams the turns, so that text deltas are emitted as events. Default false. */
  readonly stream?: boolean | undefined;
  /** A step runner that makes the run durable. See `StepRunner`. */
  readonly steps?: StepRunner | undefined;
  /** A prefix of every step name, to distinguish the loops of one workflow. */
  readonly stepPrefix?: string | undefined;
  /** The id of the run, if the caller has already emitted events with it. Default: a random id. */
  readonly runId?: string | undefined;
  /** The source of time. Default: the system clock. */
  readonly clock?: Clock | undefined;
  /**
   * Called with the error of a failed model turn. If it resolves to true, the turn is requested again. `retry` counts
   * from 1.
   */
  readonly retryTurn?: ((error: CrewError, retry: number) => Promise<boolean>) | undefined;
}

/** The names of the options that a tool loop adds to those of a turn. */
export const TOOL_LOOP_OPTIONS: readonly string[] = Object.keys({
  messages: true,
  toolProtocol: true,
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

/** A protocol for tool calls: fields of the provider's API (`function-calling`), or text in the messages (`react`). */
export type ToolProtocolName = 'function-calling' | 'react';

/**
 * The result of a tool loop.
 *
 * @example
 * ```ts
 * import { runToolLoop, type ToolLoopResult } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const llm = fakeLLM(['Paris.', 'About 2.1 million.']);
 * const first: ToolLoopResult = await runToolLoop(llm, { messages: 'What is the capital of France?' });
 *
 * // Continues the conversation.
 * const second = await runToolLoop(llm, {
 *   messages: [...first.messages, { role: 'user', content: 'How many people live there?' }],
 *   toolProtocol: first.toolProtocol,
 * });
 * console.log(second.text); // About 2.1 million.
 * ```
 */
export interface ToolLoopResult {
  /** The answer: the model's last text, or the result of a tool with `resultAsAnswer`. */
  readonly text: string;
  /** The whole conversation, including the answer. */
  readonly messages: readonly Message[];
  /** The last turn. */
  readonly generation: Generation;
  /** Token usage of all turns of the loop, including summaries. */
  readonly usage: TokenUsage;
  /** The number of turns requested from the model. */
  readonly turns: number;
  /** The number of tool calls executed. */
  readonly toolCalls: number;
  /** The protocol that the run ended with. Pass it to the next run on the same LLM, to avoid detecting it again. */
  readonly toolProtocol: ToolProtocolName;
}
