import { type BaseLLM, toGeneration } from '../base-llm.ts';
import { systemClock } from '../clock.ts';
import { Deadline } from '../deadline.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { attachRun, type CrewError } from '../errors/crew-error.ts';
import { ProtocolError } from '../errors/protocol-error.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import { ToolLoopError } from '../errors/tool-loop-error.ts';
import { childCallbacks, type EventCallback } from '../event.ts';
import type { Message, ToolCall } from '../message.ts';
import { prepareMessage, prepareMessages } from '../prepare-messages.ts';
import type { ToolLoopOptions, ToolLoopResult } from '../run-tool-loop.ts';
import { addUsage, NO_USAGE } from '../token-usage.ts';
import type { Tool } from '../tool.ts';
import type { Generation, TokenUsage } from '../turn.ts';
import type { TurnOptions } from '../turn-options.ts';
import type { ToolDialect, ToolOutcome } from './dialect.ts';
import { nativeDialect } from './native-dialect.ts';
import { ToolRunner } from './run-tools.ts';
import { runnableTools } from './runnable-tools.ts';
import { runStep } from './step.ts';

/** Rounds of tool calls before the answer is forced. */
const DEFAULT_ROUNDS = 25;

/** One run of the loop: the conversation, and what has been counted. */
export class ToolLoop {
  readonly #llm: BaseLLM;
  readonly #options: ToolLoopOptions;
  readonly #dialect: ToolDialect;
  readonly #tools: readonly Tool[];
  readonly #rounds: number;
  readonly #deadline: Deadline;
  readonly #callbacks: readonly EventCallback[] | undefined;
  readonly #runner: ToolRunner;
  readonly #conversation: Message[];
  readonly #ids = new Set<string>();
  #usage: TokenUsage = NO_USAGE;
  #turns = 0;

  static async start(llm: BaseLLM, options: ToolLoopOptions): Promise<ToolLoop> {
    const runId = options.runId ?? (options.steps ? await options.steps.randomId() : crypto.randomUUID());
    return new ToolLoop(llm, options, nativeDialect, runId);
  }

  constructor(llm: BaseLLM, options: ToolLoopOptions, dialect: ToolDialect, runId: string) {
    const { maxToolRounds = DEFAULT_ROUNDS, clock = systemClock, steps, stepPrefix = '' } = options;
    if (!Number.isInteger(maxToolRounds) || maxToolRounds < 1) {
      throw new ConfigurationError('maxToolRounds must be a whole number of at least 1.');
    }
    this.#llm = llm;
    this.#options = options;
    this.#dialect = dialect;
    this.#rounds = maxToolRounds;
    this.#tools = runnableTools(options);
    this.#conversation = [...prepareMessages(options.messages)];
    for (const message of this.#conversation) {
      if (message.role === 'assistant') for (const call of message.toolCalls ?? []) this.#ids.add(call.id);
    }
    this.#callbacks = childCallbacks(options.callbacks, runId);
    this.#deadline = new Deadline({ what: 'The run', clock, parent: options.signal });
    this.#runner = new ToolRunner({
      tools: this.#tools,
      dialect,
      runId,
      authContext: options.authContext,
      signal: this.#deadline.signal,
      clock,
      callbacks: this.#callbacks,
      steps,
      stepPrefix,
    });
  }

  async run(): Promise<ToolLoopResult> {
    try {
      for (;;) {
        this.#turns += 1;
        const forced = this.#turns > this.#rounds;
        if (forced) this.#append({ role: 'user', content: this.#dialect.finalRequest });
        const generation = await this.#ask(forced);
        this.#usage = addUsage(this.#usage, generation.usage);
        const reading = this.#dialect.read(generation, this.#ids);
        if (reading.kind === 'answer') {
          this.#append(reading.assistant);
          return this.#result(reading.text, generation);
        }
        if (forced) throw this.#endless();
        if (reading.kind === 'feedback') {
          for (const message of reading.messages) this.#append(message);
          continue;
        }
        this.#append(reading.assistant);
        const outcomes = await this.#runCalls(reading.calls);
        const answer = outcomes.find(({ ok, call }) => ok && this.#isAnswer(call));
        if (answer) return this.#result(answer.text, generation);
      }
    } catch (thrown) {
      throw this.#failed(thrown);
    } finally {
      this.#deadline.dispose();
    }
  }

  async #ask(forced: boolean): Promise<Generation> {
    const { retryTurn } = this.#options;
    for (let retry = 0; ; retry += 1) {
      try {
        return await this.#askOnce(forced, retry);
      } catch (thrown) {
        const error = toCrewError(thrown, 'The model turn');
        if (this.#deadline.signal.aborted || !(await retryTurn?.(error, retry + 1))) throw error;
      }
    }
  }

  #askOnce(forced: boolean, retry: number): Promise<Generation> {
    const { steps, stepPrefix = '', rateLimiter, stream } = this.#options;
    const name = `${stepPrefix}turn/${this.#turns}${retry === 0 ? '' : `/retry/${retry}`}`;
    return runStep(steps, name, this.#deadline.signal, async signal => {
      await rateLimiter?.acquire(signal);
      const options = this.#turnOptions(forced, signal);
      if (!stream) return this.#llm.generate(this.#conversation, options);
      for await (const part of this.#llm.stream(this.#conversation, options)) {
        if (part.type === 'finish') return part.generation;
      }
      throw new ProtocolError('The stream ended without its finish part.');
    }).then(toGeneration);
  }

  #turnOptions(forced: boolean, signal: AbortSignal): TurnOptions {
    const { responseFormat, stop, temperature, topP, maxTokens, seed, extraBody, timeout, authContext } = this.#options;
    const common = { responseFormat, stop, temperature, topP, maxTokens, seed, extraBody, timeout, authContext };
    const turn = { ...common, callbacks: this.#callbacks, signal };
    const offer = this.#dialect.offer(this.#tools);
    if (offer.tools === undefined) return { ...turn, stop: joined(stop, offer.stop) };
    if (forced) return this.#llm.toolsInHistory ? { ...turn, tools: offer.tools, toolChoice: 'none' } : turn;
    // A choice that demands a call would otherwise demand one in every turn, and never let the model answer.
    const { toolChoice } = this.#options;
    const once = toolChoice === 'required' || typeof toolChoice === 'object';
    return { ...turn, tools: offer.tools, toolChoice: once && this.#turns > 1 ? undefined : toolChoice };
  }

  async #runCalls(calls: readonly ToolCall[]): Promise<readonly ToolOutcome[]> {
    const settled = new Map<ToolCall, ToolOutcome>();
    try {
      await this.#runner.runTurn(this.#turns, calls, outcome => settled.set(outcome.call, outcome));
    } finally {
      const outcomes = calls.map(call => settled.get(call) ?? { call, ok: false, text: 'cancelled' });
      for (const message of this.#dialect.answer(outcomes)) this.#append(message);
    }
    return calls.flatMap(call => settled.get(call) ?? []);
  }

  #isAnswer(call: ToolCall): boolean {
    return this.#dialect.find(call.name, this.#tools)?.resultAsAnswer === true;
  }

  #append(message: Message): void {
    this.#conversation.push(prepareMessage(message, this.#conversation.length));
  }

  #result(text: string, generation: Generation): ToolLoopResult {
    return {
      text,
      messages: Object.freeze([...this.#conversation]),
      generation,
      usage: this.#usage,
      turns: this.#turns,
      toolCalls: this.#runner.executed,
      protocol: 'native',
    };
  }

  #endless(): ToolLoopError {
    return new ToolLoopError(
      `After ${this.#rounds} rounds of tool calls the model was asked for its answer without tools, and called tools ` +
        'again. Raise the bound (maxIterations of an agent, maxToolRounds of call), or use a model that follows.',
    );
  }

  #failed(thrown: unknown): CrewError {
    const error = toCrewError(thrown, 'The tool loop');
    attachRun(error, Object.freeze([...this.#conversation]), this.#usage);
    return error;
  }
}

function joined(left: TurnOptions['stop'], right: TurnOptions['stop']): TurnOptions['stop'] {
  if (right === undefined) return left;
  return left === undefined ? right : [left, right].flat();
}
