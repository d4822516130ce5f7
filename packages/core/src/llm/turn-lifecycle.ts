import type { CrewError } from '../errors/crew-error.ts';
import { EmptyReplyError, TimeoutError } from '../errors/run-errors.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import { toTurnError } from '../errors/to-turn-error.ts';
import type { CrewEvent, EventCallback } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import { Deadline } from '../execution/deadline.ts';
import type { Prompt } from '../messages/message.ts';
import { prepareMessages } from '../messages/prepare-messages.ts';
import { dataForCalls, hideDataValue, withDataModel } from '../messages/provider-data.ts';
import { type ModelSettings, mergeModelSettings } from './model-settings.ts';
import {
  CONDITIONAL_STOP,
  type ConditionalStopOption,
  type ConditionalStopWord,
  joinStopWords,
  StopWordCutter,
  toStopWords,
} from './stop-words.ts';
import {
  type AssistantTurn,
  addUsage,
  type Generation,
  type TokenUsage,
  toGeneration,
  turnExtras,
  withUniqueIds,
} from './turn.ts';
import type { TurnOptions, TurnRequest } from './turn-options.ts';

/** The settings of an LLM that its turns use. */
interface TurnSettings extends ModelSettings {
  readonly model: string | undefined;
  readonly stop: readonly string[];
  supportsStopWords(): boolean;
}

/** The environment of a turn. */
interface TurnEnvironment {
  readonly clock: Clock;
  /** Called for every event of the turn. Undefined if nothing listens. */
  readonly emit: EventCallback | undefined;
  /** Called with the token usage of a turn that ended without an error, and of an empty one. */
  readonly countUsage: (usage: TokenUsage | undefined) => void;
}

/** The steps that surround the hook in every turn, generated or streamed: validation, stop words, deadline, usage, events. */
export class TurnLifecycle {
  /** The prepared request for the hook. */
  readonly request: TurnRequest;
  readonly deadline: Deadline;
  readonly clock: Clock;
  readonly #model: string | undefined;
  readonly #emit: EventCallback | undefined;
  readonly #countUsage: TurnEnvironment['countUsage'];
  /** All stop words in effect, even if the provider does not support stop words. */
  readonly #stops: readonly string[];
  readonly #conditionalStop: ConditionalStopWord | undefined;
  readonly #runId: string;
  readonly #startedAt: number;
  #hasEnded = false;
  /** The first reply to a turn that is requested twice. */
  #cutReply: AssistantTurn | undefined;

  constructor(
    llm: TurnSettings,
    prompt: Prompt,
    { [CONDITIONAL_STOP]: conditionalStop, ...options }: TurnOptions & ConditionalStopOption,
    environment: TurnEnvironment,
  ) {
    const { timeout, tools } = options;
    const { clock, emit, countUsage } = environment;
    const messages = prepareMessages(prompt);
    this.clock = clock;
    this.#model = llm.model;
    this.#countUsage = countUsage;
    this.#stops = joinStopWords(llm.stop, toStopWords(options.stop));
    this.#conditionalStop = conditionalStop;
    this.#startedAt = clock.monotonic();
    this.#runId = emit === undefined ? '' : crypto.randomUUID();
    this.#emit = emit && this.#withRunId(emit);
    const words = conditionalStop === undefined ? [] : [conditionalStop.word];
    const stop = llm.supportsStopWords() ? joinStopWords(this.#stops, words) : [];
    const start: CrewEvent | undefined = this.#emit && {
      type: 'turn-start',
      runId: this.#runId,
      at: this.clock.wall(),
      model: llm.model,
      messageCount: messages.length,
      toolNames: tools?.map(tool => tool.name) ?? [],
    };
    // Created last, because nothing would stop its timer if a later step threw.
    this.deadline = new Deadline({
      subject: 'The model turn',
      clock,
      parent: options.signal,
      milliseconds: timeout,
      onExpiry: () =>
        new TimeoutError(`The model turn took longer than its timeout of ${timeout} ms.`, {
          deadline: 'turn',
          milliseconds: timeout,
        }),
    });
    this.request = {
      ...options,
      ...mergeModelSettings(llm, options),
      messages,
      tools: tools?.length ? tools : undefined,
      stop,
      callbacks: this.#emit && [this.#emit],
      signal: this.deadline.signal,
    };
    if (start) this.#emit?.(start);
  }

  /** Returns a cutter for a text of the reply. */
  createCutter(): StopWordCutter {
    return new StopWordCutter(this.#stops, this.#conditionalStop);
  }

  /**
   * Returns a request without stop words if the reply seems to have been cut at one inside the reasoning, which the stop
   * words are not meant for: there is reasoning, but nothing else. The reply to that request is the turn's.
   */
  requestWithoutStop(reply: AssistantTurn): TurnRequest | undefined {
    const { text, reasoning = '', toolCalls, finishReason } = toGeneration(reply);
    const isReasoningOnly = text.trim() === '' && toolCalls.length === 0 && reasoning.trim() !== '';
    const mayBeCut = finishReason === 'stop' || finishReason === 'unknown';
    const isRepeated = this.#cutReply !== undefined;
    if (!(isReasoningOnly && mayBeCut) || isRepeated || this.request.stop.length === 0) return undefined;
    this.#cutReply = reply;
    this.#countUsage(reply.usage);
    return { ...this.request, stop: [] };
  }

  /** Emits the event for a delta that the consumer receives. */
  emitDelta(kind: 'text' | 'reasoning', text: string): void {
    this.#emit?.({ type: 'turn-delta', runId: this.#runId, at: this.clock.wall(), kind, text });
  }

  /**
   * Returns the turn cut at its earliest stop word and normalised, counts its tokens, and emits its event. Pass `isCut` if
   * the text was cut before.
   *
   * @throws {EmptyReplyError} if no text and no tool calls are left.
   */
  finish(turn: AssistantTurn, isCut = false): Generation {
    const whole = toGeneration(turn);
    const cutter = this.createCutter();
    const text = cutter.push(whole.text) + cutter.flush();
    isCut ||= cutter.isCut;
    // Everything after a stop word is dropped, including tool calls.
    const toolCalls = isCut ? [] : withUniqueIds(whole.toolCalls);
    const finishReason = isCut ? 'stop' : whole.finishReason;
    const { reasoning, model, requestId } = whole;
    this.#countUsage(whole.usage);
    const earlier = this.#cutReply?.usage;
    const usage = earlier === undefined ? whole.usage : addUsage(earlier, whole.usage);
    if (text.trim() === '' && toolCalls.length === 0) {
      throw new EmptyReplyError(describeEmptyReply(finishReason, isCut), { turnUsage: usage });
    }
    const extras = {
      ...whole,
      providerData: isCut
        ? undefined
        : withDataModel(dataForCalls(whole.providerData, whole.toolCalls, toolCalls), this.#model),
      // Notes and probabilities of text that was cut refer to positions that no longer exist.
      ...(isCut ? { annotations: undefined, logprobs: undefined } : {}),
    };
    const turnFields = { text, reasoning, toolCalls, finishReason, usage, model, requestId };
    const generation = Object.freeze({ ...turnFields, ...turnExtras(extras) });
    this.#hasEnded = true;
    this.#emit?.({
      type: 'turn-finish',
      runId: this.#runId,
      at: this.clock.wall(),
      generation: withoutDataValue(generation),
      usage,
      durationMs: this.clock.monotonic() - this.#startedAt,
    });
    return generation;
  }

  /** Returns the error that ended the turn. Emits its event, unless the turn has ended before. */
  fail(thrown: unknown): CrewError {
    const { signal } = this.deadline;
    // If the turn was cancelled, the cancellation is the cause of whatever the hook threw.
    const error = signal.aborted ? toCrewError(signal.reason, 'The model turn') : toTurnError(thrown);
    if (this.#hasEnded) return error;
    this.#hasEnded = true;
    this.#emit?.({
      type: 'turn-error',
      runId: this.#runId,
      at: this.clock.wall(),
      error: error.toJSON(),
      durationMs: this.clock.monotonic() - this.#startedAt,
    });
    return error;
  }

  /** Returns a callback that adds the turn's run ID to events emitted by the hook. */
  #withRunId(emit: EventCallback): EventCallback {
    return event => emit(event.runId === undefined ? { ...event, runId: this.#runId } : event);
  }
}

/** Returns the turn as events show it. */
function withoutDataValue(generation: Generation): Generation {
  const { providerData } = generation;
  return providerData === undefined ? generation : { ...generation, providerData: hideDataValue(providerData) };
}

function describeEmptyReply(finishReason: Generation['finishReason'], isCut: boolean): string {
  if (isCut) return 'The model replied with nothing but a stop word.';
  if (finishReason === 'length') {
    return 'The model replied with no text: its reply was cut off (length). Raise maxTokens.';
  }
  if (finishReason === 'content-filter') {
    return "The model replied with no text: the provider's content filter withheld the reply.";
  }
  if (finishReason === 'refusal') return 'The model refused to reply and gave no reason.';
  return 'The model replied with neither text nor a tool call.';
}
