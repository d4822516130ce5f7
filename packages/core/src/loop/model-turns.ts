import { ContextWindow } from '../context-window/context-window.ts';
import { EmptyReplyError } from '../errors/run-errors.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import type { ModelSettings } from '../llm/model-settings.ts';
import { missingFinishError } from '../llm/stream-end.ts';
import { type Generation, toGeneration } from '../llm/turn.ts';
import type { TurnOptions } from '../llm/turn-options.ts';
import type { Message } from '../messages/message.ts';
import { objectInstruction } from '../structured-output/object-request.ts';
import { InstructionInserter } from './conversation.ts';
import { recogniseLimit } from './provider-limit.ts';
import { isStepFailure } from './steps.ts';
import type { ToolLoopRun } from './tool-loop-run.ts';
import type { ModelRequest, TurnPlan } from './tool-protocol.ts';

/** The options of every request of a run, including those for summaries. */
type CommonOptions = Omit<ModelSettings, 'maxTokens' | 'parallelToolCalls'> &
  Pick<TurnOptions, 'timeout' | 'authContext'>;

/**
 * Requests the model turns of one run. Works around the limits of the provider: conversations that are too long, and
 * tools or response formats that it does not support.
 */
export class ModelTurns {
  readonly #run: ToolLoopRun;
  readonly #window: ContextWindow;
  readonly #commonOptions: CommonOptions;
  readonly #instructions = new InstructionInserter();
  /** True if the provider supports no response format: an instruction in the messages replaces it. */
  #formatUnsupported = false;

  constructor(run: ToolLoopRun) {
    const { temperature, topP, seed, reasoningEffort, extraBody, timeout, authContext } = run.options;
    this.#run = run;
    this.#commonOptions = { temperature, topP, seed, reasoningEffort, extraBody, timeout, authContext };
    this.#window = new ContextWindow({
      run,
      requestSummary: (step, messages, earlier) => this.#send(step, { messages }, this.#commonOptions, false, earlier),
    });
  }

  /** Requests one turn of the run. Turns count from 1. */
  async request(turn: number, plan: TurnPlan): Promise<Generation> {
    const { maxTokens, parallelToolCalls, stop, stream } = this.#run.options;
    let overflows = 0;
    for (let attempt = 1; ; attempt += 1) {
      const request = await this.#window.fit(turn, messages => this.#encode(messages, plan));
      const step = attempt === 1 ? `turn/${turn}` : `turn/${turn}/${attempt}`;
      try {
        const turnOptions = {
          ...this.#commonOptions,
          maxTokens,
          parallelToolCalls,
          stop: joinStopWords(stop, request.stop),
        };
        const generation = await this.#send(step, request, turnOptions, stream === true);
        this.#window.accepted(request, generation);
        return generation;
      } catch (thrown) {
        const limit = this.#run.signal.aborted ? undefined : recogniseLimit(thrown, request);
        if (limit === 'tools') {
          this.#run.switchToReAct();
          this.#window.encodingChanged();
        } else if (limit === 'response-format') {
          this.#formatUnsupported = true;
        } else if (limit === 'context-overflow') {
          overflows += 1;
          this.#window.overflowed(request, toCrewError(thrown, 'The model turn'), overflows);
        } else throw thrown;
      }
    }
  }

  #encode(conversation: readonly Message[], plan: TurnPlan): ModelRequest {
    const { toolProtocol } = this.#run;
    const request = toolProtocol.encode(
      plan.forced ? [...conversation, toolProtocol.answerRequest] : conversation,
      plan,
    );
    if (request.responseFormat === undefined || !this.#formatUnsupported) return request;
    const instruction = objectInstruction(request.responseFormat.schema);
    const messages = this.#instructions.insert(request.messages, instruction);
    return { ...request, responseFormat: undefined, messages };
  }

  /**
   * Sends one request, and sends it again if `retryTurn` agrees. A retry waits for the `earlier` requests: which of
   * several concurrent requests gets the last retry must not depend on which fails first.
   */
  async #send(
    step: string,
    request: ModelRequest,
    options: TurnOptions,
    stream: boolean,
    earlier?: Promise<unknown>,
  ): Promise<Generation> {
    const { retryTurn } = this.#run.options;
    for (let retry = 0; ; retry += 1) {
      try {
        const name = retry === 0 ? step : `${step}/retry/${retry}`;
        const generation = toGeneration(await this.#sendOnce(name, request, options, stream));
        this.#run.addUsage(generation.usage);
        return generation;
      } catch (thrown) {
        const error = toCrewError(thrown, 'The model turn');
        if (EmptyReplyError.isInstance(error)) this.#run.addUsage(error.turnUsage);
        if (this.#run.signal.aborted || recogniseLimit(error, request) !== undefined) throw error;
        if (isStepFailure(error)) throw error;
        await earlier;
        if (!(await retryTurn?.(error, retry + 1))) throw error;
      }
    }
  }

  /** Sends one request as a step. The step includes waiting for the rate limiter, so that a replay need not wait. */
  #sendOnce(step: string, request: ModelRequest, options: TurnOptions, stream: boolean): Promise<Generation> {
    const { llm, callbacks } = this.#run;
    const { rateLimiter } = this.#run.options;
    return this.#run.runStep(step, async signal => {
      await rateLimiter?.acquire(signal);
      const { messages, ...requestOptions } = request;
      const turnOptions = { ...requestOptions, ...options, callbacks, signal };
      if (!stream) return llm.generate(messages, turnOptions);
      for await (const part of llm.stream(messages, turnOptions)) {
        if (part.type === 'finish') return part.generation;
      }
      throw missingFinishError();
    });
  }
}

function joinStopWords(left: TurnOptions['stop'], right: TurnOptions['stop']): TurnOptions['stop'] {
  if (left === undefined || right === undefined) return left ?? right;
  return [left, right].flat();
}
