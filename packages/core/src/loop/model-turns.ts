import { ContextWindow } from '../context-window/context-window.ts';
import { EmptyReplyError } from '../errors/run-errors.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import { type EventCallback, emit } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { missingFinishError } from '../llm/stream-end.ts';
import { addUsage, type Generation, NO_USAGE, type TokenUsage, toGeneration } from '../llm/turn.ts';
import type { TurnOptions } from '../llm/turn-options.ts';
import type { Message } from '../messages/message.ts';
import { TextDialect } from '../react/text-dialect.ts';
import { objectInstruction } from '../structured-output/object-request.ts';
import type { Conversation } from './conversation.ts';
import type { DialectRequest, ToolDialect, TurnPlan } from './dialect.ts';
import { Instructions } from './instructions.ts';
import { nativeDialect } from './native-dialect.ts';
import { recogniseRefusal } from './recognise-refusal.ts';
import type { ToolLoopOptions } from './run-tool-loop.ts';
import { runStep } from './step.ts';
import { isStepFailure } from './step-failure.ts';

/** What the turns of one run share. */
export interface ModelRun {
  readonly llm: BaseLLM;
  readonly options: ToolLoopOptions;
  readonly conversation: Conversation;
  readonly runId: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly callbacks: readonly EventCallback[] | undefined;
  /** The full name of a step. */
  readonly stepName: (step: string) => string;
}

/** The options of every request of a run, summaries included. */
type CommonOptions = Pick<TurnOptions, 'temperature' | 'topP' | 'seed' | 'extraBody' | 'timeout' | 'authContext'>;

/** Asks the model for the turns of one run, and gets over what it says no to: too long a conversation, and tools. */
export class ModelTurns {
  readonly #run: ModelRun;
  readonly #window: ContextWindow;
  readonly #common: CommonOptions;
  readonly #instructions = new Instructions();
  #dialect: ToolDialect;
  /** Whether the provider takes no response format: the model is asked for it in words. */
  #formatRefused = false;
  #usage: TokenUsage = NO_USAGE;

  constructor(run: ModelRun) {
    const { llm, options, conversation } = run;
    const { temperature, topP, seed, extraBody, timeout, authContext } = options;
    this.#run = run;
    this.#common = { temperature, topP, seed, extraBody, timeout, authContext };
    const protocol = options.protocol ?? (llm.supportsFunctionCalling() ? 'native' : 'text');
    this.#dialect = protocol === 'native' ? nativeDialect : new TextDialect();
    this.#window = new ContextWindow({
      llm,
      conversation,
      respect: options.respectContextWindow ?? true,
      maxTokens: options.maxTokens,
      ask: (step, messages, ahead) => this.#send(step, { messages }, this.#common, false, ahead),
      report: report => {
        const { runId: parentId, callbacks } = run;
        emit(callbacks, { type: 'context-summarised', parentId, at: run.clock.wall(), ...report });
      },
    });
  }

  /** How tool calls are written now. It changes when the provider takes no tools. */
  get dialect(): ToolDialect {
    return this.#dialect;
  }

  /** Tokens of all turns so far, summaries included. */
  get usage(): TokenUsage {
    return this.#usage;
  }

  /** One turn of the run, counted from 1. */
  async ask(turn: number, plan: TurnPlan): Promise<Generation> {
    const { maxTokens, stop } = this.#run.options;
    let overflows = 0;
    for (let attempt = 1; ; attempt += 1) {
      const request = await this.#window.fit(turn, messages => this.#write(messages, plan));
      const step = attempt === 1 ? `turn/${turn}` : `turn/${turn}/${attempt}`;
      try {
        const turnOptions = { ...this.#common, maxTokens, stop: joined(stop, request.stop) };
        const generation = await this.#send(step, request, turnOptions, this.#run.options.stream === true);
        this.#window.accepted(request, generation);
        return generation;
      } catch (thrown) {
        const refusal = this.#run.signal.aborted ? undefined : recogniseRefusal(thrown, request);
        if (refusal === 'tools') {
          this.#dialect = new TextDialect();
          this.#window.rewritten();
        } else if (refusal === 'response-format') {
          this.#formatRefused = true;
        } else if (refusal === 'context-overflow') {
          overflows += 1;
          this.#window.refused(request, toCrewError(thrown, 'The model turn'), overflows);
        } else throw thrown;
      }
    }
  }

  #write(messages: readonly Message[], plan: TurnPlan): DialectRequest {
    const asked = plan.forced ? [...messages, this.#dialect.finalRequest] : messages;
    const request = this.#dialect.request(asked, plan);
    if (request.responseFormat === undefined || !this.#formatRefused) return request;
    const words = objectInstruction(request.responseFormat.schema);
    return { ...request, responseFormat: undefined, messages: this.#instructions.into(request.messages, words) };
  }

  /**
   * One request. A failure that `retryTurn` thinks may pass is met with another one, after the requests `ahead` of it:
   * which of several gets the retry that is left must not depend on which fails first.
   */
  async #send(
    step: string,
    request: DialectRequest,
    options: TurnOptions,
    stream: boolean,
    ahead?: Promise<unknown>,
  ): Promise<Generation> {
    const { retryTurn } = this.#run.options;
    for (let retry = 0; ; retry += 1) {
      try {
        const name = retry === 0 ? step : `${step}/retry/${retry}`;
        const generation = toGeneration(await this.#sendOnce(name, request, options, stream));
        this.#usage = addUsage(this.#usage, generation.usage);
        return generation;
      } catch (thrown) {
        const error = toCrewError(thrown, 'The model turn');
        if (EmptyReplyError.isInstance(error)) this.#usage = addUsage(this.#usage, error.turnUsage);
        if (this.#run.signal.aborted || recogniseRefusal(error, request) !== undefined) throw error;
        if (isStepFailure(error)) throw error;
        await ahead;
        if (!(await retryTurn?.(error, retry + 1))) throw error;
      }
    }
  }

  /** As a step. Waiting for the rate limit is part of it: a replay need not wait. */
  #sendOnce(step: string, request: DialectRequest, options: TurnOptions, stream: boolean): Promise<Generation> {
    const { llm, callbacks, signal: runSignal, stepName } = this.#run;
    const { steps, rateLimiter } = this.#run.options;
    return runStep(steps, stepName(step), runSignal, async signal => {
      await rateLimiter?.acquire(signal);
      const { messages, ...decided } = request;
      const turnOptions = { ...decided, ...options, callbacks, signal };
      if (!stream) return llm.generate(messages, turnOptions);
      for await (const part of llm.stream(messages, turnOptions)) {
        if (part.type === 'finish') return part.generation;
      }
      throw missingFinishError();
    });
  }
}

function joined(left: TurnOptions['stop'], right: TurnOptions['stop']): TurnOptions['stop'] {
  if (left === undefined || right === undefined) return left ?? right;
  return [left, right].flat();
}
