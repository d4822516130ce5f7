import type { CrewError } from '../errors/crew-error.ts';
import { EmptyReplyError } from '../errors/empty-reply-error.ts';
import { TimeoutError } from '../errors/timeout-error.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import type { CrewEvent, EventCallback } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import { Deadline } from '../execution/deadline.ts';
import type { Prompt } from '../messages/message.ts';
import { prepareMessages } from '../messages/prepare-messages.ts';
import { toGeneration } from './assistant-turn.ts';
import type { BaseLLM } from './base-llm.ts';
import { distinctIds } from './distinct-ids.ts';
import { findStopWord, joinStopWords, toStopWords } from './stop-words.ts';
import type { AssistantTurn, Generation, TokenUsage } from './turn.ts';
import type { TurnOptions, TurnRequest } from './turn-options.ts';

/** What every turn does exactly once, whether it is generated or streamed: everything around the hook. */
export class Turn {
  readonly request: TurnRequest;
  readonly deadline: Deadline;
  readonly clock: Clock;
  readonly #emit: EventCallback | undefined;
  readonly #count: (usage: TokenUsage | undefined) => void;
  readonly #stops: readonly string[];
  readonly #runId: string;
  readonly #startedAt: number;
  #ended = false;

  constructor(
    llm: BaseLLM,
    prompt: Prompt,
    options: TurnOptions,
    around: {
      readonly clock: Clock;
      readonly emit: EventCallback | undefined;
      /** Told of the tokens of a turn that came to its end, also of an empty one. */
      readonly count: (usage: TokenUsage | undefined) => void;
    },
  ) {
    const { timeout, tools } = options;
    const messages = prepareMessages(prompt);
    this.clock = around.clock;
    this.#count = around.count;
    this.#stops = joinStopWords(llm.stop, toStopWords(options.stop));
    this.#startedAt = around.clock.monotonic();
    this.#runId = around.emit === undefined ? '' : crypto.randomUUID();
    this.#emit = around.emit && this.#stamped(around.emit);
    const stop = llm.supportsStopWords() ? this.#stops : [];
    const start: CrewEvent | undefined = this.#emit && {
      type: 'turn-start',
      runId: this.#runId,
      at: this.clock.wall(),
      model: llm.model,
      messageCount: messages.length,
      toolNames: tools?.map(tool => tool.name) ?? [],
    };
    // Last, since nobody would stop its timer if something else threw.
    this.deadline = new Deadline({
      what: 'The model turn',
      clock: around.clock,
      parent: options.signal,
      milliseconds: timeout,
      expired: () =>
        new TimeoutError(`The model turn took longer than its timeout of ${timeout} ms.`, {
          deadline: 'turn',
          milliseconds: timeout,
        }),
    });
    this.request = {
      ...options,
      messages,
      tools: tools?.length ? tools : undefined,
      stop,
      temperature: options.temperature ?? llm.temperature,
      callbacks: this.#emit && [this.#emit],
      signal: this.deadline.signal,
    };
    if (start) this.#emit?.(start);
  }

  /** Every stop word in effect, whether or not the provider knows of it. */
  get stops(): readonly string[] {
    return this.#stops;
  }

  /** Tells of a piece that is shown. */
  delta(kind: 'text' | 'reasoning', text: string): void {
    this.#emit?.({ type: 'turn-delta', runId: this.#runId, at: this.clock.wall(), kind, text });
  }

  /**
   * The turn, cut at its earliest stop word and normalised; it is counted and told of. `cut` says that the text was cut
   * before. Throws when nothing is left.
   */
  finish(turn: AssistantTurn, cut = false): Generation {
    const given = toGeneration(turn);
    const cutAt = findStopWord(given.text, this.#stops);
    cut ||= cutAt !== -1;
    const text = cutAt === -1 ? given.text : given.text.slice(0, cutAt);
    // What a model writes after a stop word was never asked for, its tool calls included.
    const toolCalls = cut ? [] : distinctIds(given.toolCalls);
    const finishReason = cut ? 'stop' : given.finishReason;
    const { reasoning, usage, model, requestId } = given;
    this.#count(usage);
    if (text.trim() === '' && toolCalls.length === 0) {
      throw new EmptyReplyError(whyEmpty(finishReason, cut), { turnUsage: usage });
    }
    const generation = Object.freeze({ text, reasoning, toolCalls, finishReason, usage, model, requestId });
    this.#ended = true;
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

  /** What the turn failed of, told of unless it had ended before. */
  failed(thrown: unknown): CrewError {
    const { signal } = this.deadline;
    // Whatever the hook threw when it was cancelled, the cancellation is what happened.
    const error = toCrewError(signal.aborted ? signal.reason : thrown, 'The model turn');
    if (this.#ended) return error;
    this.#ended = true;
    this.#emit?.({
      type: 'turn-error',
      runId: this.#runId,
      at: this.clock.wall(),
      error: error.toJSON(),
      durationMs: this.clock.monotonic() - this.#startedAt,
    });
    return error;
  }

  /** Fills in the span, for events that the hook emits without knowing it. */
  #stamped(emit: EventCallback): EventCallback {
    return event => emit(event.runId === undefined ? { ...event, runId: this.#runId } : event);
  }
}

function whyEmpty(finishReason: Generation['finishReason'], cut: boolean): string {
  if (cut) return 'The model answered with nothing but a stop word.';
  if (finishReason === 'length') {
    return 'The model answered with no text: its reply was cut off (length). Raise maxTokens.';
  }
  if (finishReason === 'content-filter') {
    return "The model answered with no text: the provider's content filter withheld the reply.";
  }
  return 'The model answered with neither text nor a tool call.';
}
