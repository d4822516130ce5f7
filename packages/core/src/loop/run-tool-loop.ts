import { copyOptions } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { type CrewError, toRunError } from '../errors/crew-error.ts';
import { ToolLoopError } from '../errors/run-errors.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import { systemClock } from '../execution/clock.ts';
import { Deadline } from '../execution/deadline.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { rejectInsideCall } from '../llm/call-contract.ts';
import type { Generation } from '../llm/turn.ts';
import { checkTurnOptions, copyTurnOptions } from '../llm/turn-options.ts';
import type { ToolCall } from '../messages/message.ts';
import { acceptsResponseFormat } from '../structured-output/object-request.ts';
import { toolResultMessage } from './function-calling-protocol.ts';
import { ModelTurns } from './model-turns.ts';
import { isStepFailure, randomId } from './steps.ts';
import { TOOL_LOOP_OPTIONS, type ToolLoopOptions, type ToolLoopResult } from './tool-loop-options.ts';
import { ToolLoopRun } from './tool-loop-run.ts';
import type { TurnPlan } from './tool-protocol.ts';
import { type ToolOutcome, ToolRunner } from './tool-runner.ts';

/** Rounds of tool calls before the answer is forced. */
const DEFAULT_ROUNDS = 25;

/**
 * Sends a conversation to the model, runs the tools that it calls, and repeats this until it answers. Every tool call is
 * answered exactly once. A failing tool does not end the run: the model receives the error as the result of the call.
 * After `maxToolRounds` rounds (default 25) the model is required to answer without tools.
 *
 * @throws {CrewError} any error of `llm.generate`, and a `ToolLoopError` if the model calls tools even in the turn that
 * requires an answer. `messages` of the error contains the conversation so far; calls without a result are answered
 * "cancelled".
 *
 * @example
 * ```ts
 * import { runToolLoop, tool } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const add = tool({
 *   name: 'add',
 *   description: 'Adds two numbers.',
 *   parameters: {
 *     type: 'object',
 *     properties: { a: { type: 'number' }, b: { type: 'number' } },
 *     required: ['a', 'b'],
 *   },
 *   execute: ({ a, b }) => Number(a) + Number(b),
 * });
 * const llm = fakeLLM([{ text: '', toolCalls: [{ id: '1', name: 'add', arguments: '{"a":19,"b":23}' }] }, '42']);
 *
 * const { text, turns } = await runToolLoop(llm, { messages: 'What is 19 + 23?', tools: [add] });
 * console.log(text, turns); // 42 2
 * ```
 *
 * @example Callbacks receive every event of the run
 * ```ts
 * import { runToolLoop } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * await runToolLoop(fakeLLM(['Good morning.']), {
 *   messages: 'Say good morning.',
 *   stream: true,
 *   callbacks: [event => console.log(event.type)],
 * });
 * ```
 *
 * @example A step runner executes every model turn and every tool call
 * ```ts
 * import { runToolLoop, type StepRunner, systemClock } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const { signal } = new AbortController();
 * const steps: StepRunner = {
 *   run(name, action) {
 *     console.log(`step ${name}`); // A durable runner returns the recorded result if there is one.
 *     return action(signal);
 *   },
 *   sleep: (milliseconds, sleepSignal) => systemClock.sleep(milliseconds, sleepSignal),
 *   now: async () => Date.now(),
 *   randomId: async () => crypto.randomUUID(),
 * };
 * await runToolLoop(fakeLLM(['Good morning.']), { messages: 'Say good morning.', steps, stepPrefix: 'greeting/' });
 * ```
 */
export async function runToolLoop(llm: BaseLLM, options: ToolLoopOptions): Promise<ToolLoopResult> {
  rejectInsideCall(llm, 'runToolLoop(this, ...)', options.messages, options);
  return withToolLoop(llm, options, loop => loop.run());
}

/** Creates a tool loop, passes it to `use`, and removes its listener from the caller's signal afterwards. */
export async function withToolLoop<Result>(
  llm: BaseLLM,
  callerOptions: ToolLoopOptions,
  use: (loop: ToolLoop) => Promise<Result>,
): Promise<Result> {
  const options = copyOptions(copyTurnOptions(callerOptions), TOOL_LOOP_OPTIONS);
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

/**
 * One run of the tool loop: the model's turns and the tool calls between them. It can be continued after an answer that
 * the caller rejects. Limits apply to the whole run.
 */
export class ToolLoop {
  readonly #run: ToolLoopRun;
  readonly #turns: ModelTurns;
  readonly #runner: ToolRunner;
  readonly #maxRounds: number;
  /** Rounds so far: turns without an answer. */
  #rounds = 0;
  #turnCount = 0;
  #offersTools = true;

  /** Creates a loop. The run's own `signal` is aborted by that of the options, with a `CrewError` as its reason. */
  constructor(llm: BaseLLM, options: ToolLoopOptions, runId: string, signal: AbortSignal) {
    const { maxToolRounds = DEFAULT_ROUNDS } = options;
    if (!Number.isInteger(maxToolRounds) || maxToolRounds < 1) {
      throw new ConfigurationError('maxToolRounds must be a whole number of at least 1.');
    }
    this.#maxRounds = maxToolRounds;
    this.#run = new ToolLoopRun(llm, options, runId, signal);
    this.#turns = new ModelTurns(this.#run);
    this.#runner = new ToolRunner(this.#run);
  }

  /**
   * Sends feedback on the last answer to the model and continues. With `onlyFormat` a response format is sent if possible,
   * which requires that no tools are offered. Names of the further steps begin with `stepPart`.
   */
  continueWith(feedback: string, stepPart: string, onlyFormat: boolean): Promise<ToolLoopResult> {
    this.#run.conversation.append({ role: 'user', content: feedback });
    this.#run.stepPart = stepPart;
    const { llm, options } = this.#run;
    const sendsFormat =
      options.responseFormat !== undefined && acceptsResponseFormat(llm) && llm.toolsInHistory !== true;
    this.#offersTools = !(onlyFormat && sendsFormat);
    return this.run();
  }

  /** Runs until the model answers. */
  async run(): Promise<ToolLoopResult> {
    let result: ToolLoopResult | undefined;
    try {
      result = await this.#untilAnswered();
    } catch (thrown) {
      const error = toCrewError(thrown, 'The tool loop');
      // An error that was not created here may belong to the caller, or be thrown to other runs too.
      throw this.attachRun(error === thrown && !isStepFailure(error) ? toRunError(error) : error);
    }
    if (result === undefined) throw this.attachRun(this.#tooManyRounds());
    return result;
  }

  /** Attaches the conversation and token usage of the run to the error that ends it. Nobody else may hold the error. */
  attachRun(error: CrewError): CrewError {
    return this.#run.attachTo(error);
  }

  /** Returns undefined if the model calls tools even in the turn that requires an answer. */
  async #untilAnswered(): Promise<ToolLoopResult | undefined> {
    const { conversation } = this.#run;
    for (let turn = 1; ; turn += 1) {
      const plan = this.#plan(turn);
      const generation = await this.#turns.request(turn, plan);
      this.#turnCount += 1;
      const { toolProtocol } = this.#run;
      if (plan.forced) conversation.append(toolProtocol.answerRequest);
      const decoded = toolProtocol.decode(generation, plan, conversation.callIds);
      if (decoded.kind === 'answer') {
        conversation.append(decoded.assistant);
        return this.#result(decoded.text, generation);
      }
      if (plan.forced) return undefined;
      this.#rounds += 1;
      if (decoded.kind === 'feedback') {
        for (const message of decoded.messages) conversation.append(message);
        continue;
      }
      conversation.append(decoded.assistant);
      const outcomes = await this.#runCalls(turn, decoded.calls);
      const answer = outcomes.find(({ ok, call }) => ok && this.#run.findTool(call.name)?.resultAsAnswer === true);
      if (answer) return this.#result(answer.text, generation);
    }
  }

  #plan(turn: number): TurnPlan {
    const { llm, options, tools } = this.#run;
    const { toolChoice, responseFormat } = options;
    // A choice that requires a call applies to the first turn only: otherwise the model could never answer.
    const requiresCall = toolChoice === 'required' || typeof toolChoice === 'object';
    return {
      tools: this.#offersTools ? tools : [],
      forced: this.#rounds >= this.#maxRounds,
      toolChoice: requiresCall && turn > 1 ? undefined : toolChoice,
      responseFormat,
      toolsInHistory: llm.toolsInHistory === true,
    };
  }

  async #runCalls(turn: number, calls: readonly ToolCall[]): Promise<readonly ToolOutcome[]> {
    const outcomes = new Map<ToolCall, ToolOutcome>();
    try {
      await this.#runner.runCalls(turn, calls, outcome => outcomes.set(outcome.call, outcome));
    } finally {
      for (const call of calls) this.#run.conversation.append(toolResultMessage(call, resultText(outcomes.get(call))));
    }
    return calls.flatMap(call => outcomes.get(call) ?? []);
  }

  #result(text: string, generation: Generation): ToolLoopResult {
    const { conversation, usage, toolProtocol } = this.#run;
    return {
      text,
      messages: conversation.snapshot(),
      generation,
      usage,
      turns: this.#turnCount,
      toolCalls: this.#runner.executed,
      toolProtocol: toolProtocol.name,
    };
  }

  #tooManyRounds(): ToolLoopError {
    return new ToolLoopError(
      `The model called tools again when it was required to answer, after the maximum number of rounds (${this.#maxRounds}). ` +
        'Raise the limit (maxIterations of an agent, maxToolRounds of call), or use another model.',
    );
  }
}

/** Returns the result that the model receives. A call without an outcome was cut short by the end of the run. */
function resultText(outcome: ToolOutcome | undefined): string {
  if (outcome === undefined) return 'cancelled';
  const { text, note } = outcome;
  return note === undefined ? text : `${text}\n\n${note}`;
}
