import { ConfigurationError } from '../errors/configuration-error.ts';
import { attachRun, type CrewError, toRunError } from '../errors/crew-error.ts';
import { ToolLoopError } from '../errors/run-errors.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import { childCallbacks } from '../events/event.ts';
import { systemClock } from '../execution/clock.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import type { Generation } from '../llm/turn.ts';
import type { ToolCall } from '../messages/message.ts';
import type { Tool } from '../tools/tool.ts';
import { Conversation } from './conversation.ts';
import type { TurnPlan } from './dialect.ts';
import { ModelTurns } from './model-turns.ts';
import { answerCall } from './read-calls.ts';
import type { ToolLoopOptions, ToolLoopResult } from './run-tool-loop.ts';
import { ToolRunner } from './run-tools.ts';
import { runnableTools } from './runnable-tools.ts';
import { isStepFailure } from './step-failure.ts';
import type { ToolOutcome } from './tool-outcome.ts';

/** Rounds of tool calls before the answer is forced. */
const DEFAULT_ROUNDS = 25;

/**
 * One run of the loop: the model's turns and the tools between them. It can go on after an answer that is of no use; what
 * its rules count, they count in the whole run.
 */
export class ToolLoop {
  readonly #options: ToolLoopOptions;
  readonly #tools: readonly Tool[];
  readonly #rounds: number;
  readonly #conversation: Conversation;
  readonly #turns: ModelTurns;
  readonly #runner: ToolRunner;
  readonly #toolsInHistory: boolean;
  /** Rounds that are used up: turns that were no answer. */
  #used = 0;
  /** Turns that the model was asked for. */
  #asked = 0;
  /** Between the run's own step prefix and the step. */
  #part = '';

  /** `signal` is the run's own: it is aborted by the one in the options, with a `CrewError` as its reason. */
  constructor(llm: BaseLLM, options: ToolLoopOptions, runId: string, signal: AbortSignal) {
    const {
      maxToolRounds = DEFAULT_ROUNDS,
      clock = systemClock,
      steps,
      stepPrefix = '',
      authContext,
      protocol,
    } = options;
    if (!Number.isInteger(maxToolRounds) || maxToolRounds < 1) {
      throw new ConfigurationError('maxToolRounds must be a whole number of at least 1.');
    }
    if (protocol !== undefined && protocol !== 'native' && protocol !== 'text') {
      throw new ConfigurationError('protocol must be "native" or "text", or left out.');
    }
    this.#options = options;
    this.#rounds = maxToolRounds;
    this.#toolsInHistory = llm.toolsInHistory === true;
    this.#tools = runnableTools(options);
    this.#conversation = new Conversation(options.messages);
    const callbacks = childCallbacks(options.callbacks, runId);
    const stepName = (step: string): string => `${stepPrefix}${this.#part}${step}`;
    const conversation = this.#conversation;
    this.#turns = new ModelTurns({ llm, options, conversation, runId, signal, clock, callbacks, stepName });
    const find = this.#find.bind(this);
    this.#runner = new ToolRunner({
      tools: this.#tools,
      find,
      runId,
      authContext,
      signal,
      clock,
      callbacks,
      steps,
      stepName,
    });
  }

  /** Tells the model what is wrong with its answer, and goes on. `part` is where the names of the further steps begin. */
  goOn(feedback: string, part: string): Promise<ToolLoopResult> {
    this.#conversation.append({ role: 'user', content: feedback });
    this.#part = part;
    return this.run();
  }

  /** Goes on until the model answers. */
  async run(): Promise<ToolLoopResult> {
    let result: ToolLoopResult | undefined;
    try {
      result = await this.#untilAnswered();
    } catch (thrown) {
      const error = toCrewError(thrown, 'The tool loop');
      // One that was not made here may be the caller's, or thrown to other runs too.
      throw this.ended(error === thrown && !isStepFailure(error) ? toRunError(error) : error);
    }
    if (result === undefined) throw this.ended(this.#endless());
    return result;
  }

  /** An error that nobody else holds, with how far the run had come. */
  ended(error: CrewError): CrewError {
    attachRun(error, this.#conversation.snapshot(), this.#turns.usage);
    return error;
  }

  /** `undefined` when the model calls tools even when it was asked for its answer without. */
  async #untilAnswered(): Promise<ToolLoopResult | undefined> {
    for (let turn = 1; ; turn += 1) {
      const plan = this.#plan(turn);
      const generation = await this.#turns.ask(turn, plan);
      this.#asked += 1;
      const { dialect } = this.#turns;
      if (plan.forced) this.#conversation.append(dialect.finalRequest);
      const reading = dialect.read(generation, plan, this.#conversation.takenIds);
      if (reading.kind === 'answer') {
        this.#conversation.append(reading.assistant);
        return this.#result(reading.text, generation);
      }
      if (plan.forced) return undefined;
      this.#used += 1;
      if (reading.kind === 'feedback') {
        for (const message of reading.messages) this.#conversation.append(message);
        continue;
      }
      this.#conversation.append(reading.assistant);
      const outcomes = await this.#runCalls(turn, reading.calls);
      const answer = outcomes.find(({ ok, call }) => ok && this.#find(call.name)?.resultAsAnswer === true);
      if (answer) return this.#result(answer.text, generation);
    }
  }

  #plan(turn: number): TurnPlan {
    const { toolChoice, responseFormat } = this.#options;
    // A choice that demands a call would otherwise demand one in every turn, and never let the model answer.
    const once = toolChoice === 'required' || typeof toolChoice === 'object';
    return {
      tools: this.#tools,
      forced: this.#used >= this.#rounds,
      toolChoice: once && turn > 1 ? undefined : toolChoice,
      responseFormat,
      toolsInHistory: this.#toolsInHistory,
    };
  }

  async #runCalls(turn: number, calls: readonly ToolCall[]): Promise<readonly ToolOutcome[]> {
    const settled = new Map<ToolCall, ToolOutcome>();
    try {
      await this.#runner.runTurn(turn, calls, outcome => settled.set(outcome.call, outcome));
    } finally {
      for (const call of calls) this.#conversation.append(answerCall(call, toldOf(settled.get(call))));
    }
    return calls.flatMap(call => settled.get(call) ?? []);
  }

  #find(name: string): Tool | undefined {
    return this.#turns.dialect.find(name, this.#tools);
  }

  #result(text: string, generation: Generation): ToolLoopResult {
    return {
      text,
      messages: this.#conversation.snapshot(),
      generation,
      usage: this.#turns.usage,
      turns: this.#asked,
      toolCalls: this.#runner.executed,
      protocol: this.#turns.dialect.protocol,
    };
  }

  #endless(): ToolLoopError {
    return new ToolLoopError(
      `After ${this.#rounds} rounds of tool calls the model was asked for its answer without tools, and called tools ` +
        'again. Raise the bound (maxIterations of an agent, maxToolRounds of call), or use a model that follows.',
    );
  }
}

/** What the model is told of a call; one without an outcome was cut short by the end of the run. */
function toldOf(outcome: ToolOutcome | undefined): string {
  if (outcome === undefined) return 'cancelled';
  const { text, remark } = outcome;
  return remark === undefined ? text : `${text}\n\n${remark}`;
}
