import { ContextWindow } from '../context-window/context-window.ts';
import type { CrewError } from '../errors/crew-error.ts';
import { ResponseError } from '../errors/response-errors.ts';
import { EmptyReplyError } from '../errors/run-errors.ts';
import { toTurnError } from '../errors/to-turn-error.ts';
import type { ModelSettings } from '../llm/model-settings.ts';
import { CONDITIONAL_STOP } from '../llm/stop-words.ts';
import { missingFinishError } from '../llm/stream-end.ts';
import { type Generation, toGeneration } from '../llm/turn.ts';
import type { TurnOptions } from '../llm/turn-options.ts';
import type { Message } from '../messages/message.ts';
import {
  acceptsResponseFormat,
  objectInstruction,
  responseFormatRejected,
} from '../structured-output/object-request.ts';
import { InstructionInserter, withRequest } from './conversation.ts';
import { isSlip, type ProviderLimit, recogniseLimit } from './provider-limit.ts';
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
  /** True if this run found that the provider supports no response format. */
  #formatRejected = false;
  /** True if the provider requires definitions of the tools in the history. */
  #toolsInHistory = false;

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
        const turnOptions = { ...this.#commonOptions, maxTokens, parallelToolCalls, stop };
        const generation = await this.#send(step, request, turnOptions, stream === true);
        this.#window.accepted(request, generation);
        return generation;
      } catch (thrown) {
        const limit = this.#run.signal.aborted ? undefined : this.#recogniseLimit(thrown, request);
        if (limit === 'tools') {
          this.#run.switchToReAct();
          this.#window.encodingChanged();
        } else if (limit === 'response-format') {
          this.#formatRejected = true;
          responseFormatRejected(this.#run.llm);
        } else if (limit === 'tools-in-history') {
          this.#defineToolsInHistory();
        } else if (limit === 'context-overflow') {
          overflows += 1;
          this.#window.overflowed(request, toTurnError(thrown), overflows);
        } else throw thrown;
      }
    }
  }

  /** Without tools of the run, there is nothing to define: the calls of the history are then written as text. */
  #defineToolsInHistory(): void {
    if (this.#run.tools.length > 0) this.#toolsInHistory = true;
    else this.#run.switchToReAct();
    this.#window.encodingChanged();
  }

  #encode(conversation: readonly Message[], plan: TurnPlan): ModelRequest {
    const { toolProtocol } = this.#run;
    const request = toolProtocol.encode(
      plan.forced ? withRequest(conversation, toolProtocol.answerRequest) : conversation,
      {
        ...plan,
        toolsInHistory: plan.toolsInHistory || this.#toolsInHistory,
      },
    );
    const { responseFormat, tools } = request;
    // A server that constrains the reply to the schema could not let the model call the tools that are offered with it.
    if (responseFormat === undefined || (tools === undefined && acceptsResponseFormat(this.#run.llm))) return request;
    const messages = this.#instructions.insert(request.messages, objectInstruction(responseFormat.schema));
    return { ...request, responseFormat: undefined, messages };
  }

  #recogniseLimit(thrown: unknown, request: ModelRequest): ProviderLimit | undefined {
    // A replay receives the error of a request with a response format, although it sends none to an LLM known to reject it.
    const { llm, options } = this.#run;
    const mayReplay = options.steps !== undefined && !this.#formatRejected && !acceptsResponseFormat(llm);
    const responseFormat = request.responseFormat ?? (mayReplay ? ANY_FORMAT : undefined);
    return recogniseLimit(thrown, { ...request, responseFormat });
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
    let current = request;
    for (let retry = 0; ; retry += 1) {
      try {
        const name = retry === 0 ? step : `${step}/retry/${retry}`;
        const generation = toGeneration(await this.#sendOnce(name, current, options, stream));
        this.#run.addUsage(generation.usage);
        return generation;
      } catch (thrown) {
        const error = toTurnError(thrown);
        if (EmptyReplyError.isInstance(error)) this.#run.addUsage(error.turnUsage);
        if (this.#run.signal.aborted || this.#recogniseLimit(error, request) !== undefined) throw error;
        if (isStepFailure(error)) throw error;
        await earlier;
        if (!(await retryTurn?.(error, retry + 1))) throw error;
        current = isSlip(error) ? withSlip(request, error) : request;
      }
    }
  }

  /** Sends one request as a step. The step includes waiting for the rate limiter, so that a replay need not wait. */
  #sendOnce(step: string, request: ModelRequest, options: TurnOptions, stream: boolean): Promise<Generation> {
    const { llm, callbacks } = this.#run;
    const { rateLimiter } = this.#run.options;
    return this.#run.runStep(step, async signal => {
      await rateLimiter?.acquire(signal);
      const { messages, conditionalStop, ...requestOptions } = request;
      const turnOptions = { ...requestOptions, ...options, callbacks, signal, [CONDITIONAL_STOP]: conditionalStop };
      if (!stream) return llm.generate(messages, turnOptions);
      for await (const part of llm.stream(messages, turnOptions)) {
        if (part.type === 'finish') return part.generation;
      }
      throw missingFinishError();
    });
  }
}

/** A response format of the request that a replayed error belongs to. */
const ANY_FORMAT = { name: 'output', schema: {} } as const;

/** Returns the request with the reply that the server could not use, so that the model does not write it again. */
function withSlip(request: ModelRequest, error: CrewError): ModelRequest {
  const text = ResponseError.isInstance(error) ? (error.partialText ?? '').trim() : '';
  if (text === '') return request;
  const reason = ResponseError.isInstance(error) ? (error.serverMessage ?? error.message) : error.message;
  const feedback = `Your reply could not be used: ${reason} Write it again, in the form that was asked for.`;
  const messages: readonly Message[] = [
    ...request.messages,
    { role: 'assistant', content: text },
    { role: 'user', content: feedback },
  ];
  return { ...request, messages };
}
