import type { CrewError } from '../errors/crew-error.ts';
import { EmptyReplyError, TimeoutError } from '../errors/run-errors.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import type { CrewEvent, EventCallback } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import { Deadline } from '../execution/deadline.ts';
import type { Prompt } from '../messages/message.ts';
import { prepareMessages } from '../messages/prepare-messages.ts';
import { type ModelSettings, mergeModelSettings } from './model-settings.ts';
import { findStopWord, joinStopWords, toStopWords } from './stop-words.ts';
import { type AssistantTurn, type Generation, type TokenUsage, toGeneration, withUniqueIds } from './turn.ts';
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
  readonly #emit: EventCallback | undefined;
  readonly #countUsage: TurnEnvironment['countUsage'];
  /** All stop words in effect, even if the provider does not support stop words. */
  readonly stops: readonly string[];
  readonly #runId: string;
  readonly #startedAt: number;
  #hasEnded = false;

  constructor(llm: TurnSettings, prompt: Prompt, options: TurnOptions, environment: TurnEnvironment) {
    const { timeout, tools } = options;
    const { clock, emit, countUsage } = environment;
    const messages = prepareMessages(prompt);
    this.clock = clock;
    this.#countUsage = countUsage;
    this.stops = joinStopWords(llm.stop, toStopWords(options.stop));
    this.#startedAt = clock.monotonic();
    this.#runId = emit === undefined ? '' : crypto.randomUUID();
    this.#emit = emit && this.#withRunId(emit);
    const stop = llm.supportsStopWords() ? this.stops : [];
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
    const cutAt = findStopWord(whole.text, this.stops);
    isCut ||= cutAt !== -1;
    const text = cutAt === -1 ? whole.text : whole.text.slice(0, cutAt);
    // Everything after a stop word is dropped, including tool calls.
    const toolCalls = isCut ? [] : withUniqueIds(whole.toolCalls);
    const finishReason = isCut ? 'stop' : whole.finishReason;
    const { reasoning, usage, model, requestId } = whole;
    this.#countUsage(usage);
    if (text.trim() === '' && toolCalls.length === 0) {
      throw new EmptyReplyError(describeEmptyReply(finishReason, isCut), { turnUsage: usage });
    }
    const generation = Object.freeze({ text, reasoning, toolCalls, finishReason, usage, model, requestId });
    this.#hasEnded = true;
    this.#emit?.({
      type: 'turn-finish',
      runId: this.#runId,
      at: this.clock.wall(),
      generation,
      usage,
      durationMs: this.clock.monotonic() - this.#startedAt,
    });
    return generation;
  }

  /** Returns the error that ended the turn. Emits its event, unless the turn has ended before. */
  fail(thrown: unknown): CrewError {
    const { signal } = this.deadline;
    // If the turn was cancelled, the cancellation is the cause of whatever the hook threw.
    const error = toCrewError(signal.aborted ? signal.reason : thrown, 'The model turn');
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

function describeEmptyReply(finishReason: Generation['finishReason'], isCut: boolean): string {
  if (isCut) return 'The model replied with nothing but a stop word.';
  if (finishReason === 'length') {
    return 'The model replied with no text: its reply was cut off (length). Raise maxTokens.';
  }
  if (finishReason === 'content-filter') {
    return "The model replied with no text: the provider's content filter withheld the reply.";
  }
  return 'The model replied with neither text nor a tool call.';
}
