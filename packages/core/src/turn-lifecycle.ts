import type { BaseLLM } from './base-llm.ts';
import type { Clock } from './clock.ts';
import { Deadline } from './deadline.ts';
import { AbortError } from './errors/abort-error.ts';
import { ConfigurationError } from './errors/configuration-error.ts';
import type { CrewError } from './errors/crew-error.ts';
import { EmptyReplyError } from './errors/empty-reply-error.ts';
import { TimeoutError } from './errors/timeout-error.ts';
import { toCrewError } from './errors/to-crew-error.ts';
import type { EventCallback } from './event.ts';
import type { Message, Prompt, ToolCall } from './message.ts';
import { prepareMessages } from './prepare-messages.ts';
import { findStopWord, joinStopWords, toStopWords } from './stop-words.ts';
import type { AssistantTurn, Generation } from './turn.ts';
import type { TurnOptions, TurnRequest } from './turn-options.ts';

/** What every turn does exactly once, whether it is generated or streamed: everything around the hook. */
export class Turn {
  readonly request: TurnRequest;
  readonly deadline: Deadline;
  readonly #emit: EventCallback | undefined;
  readonly #clock: Clock;
  readonly #stops: readonly string[];
  readonly #runId: string;
  readonly #startedAt: number;

  constructor(
    llm: BaseLLM,
    prompt: Prompt,
    options: TurnOptions,
    around: { readonly clock: Clock; readonly emit: EventCallback | undefined },
  ) {
    const { timeout } = options;
    if (timeout !== undefined && !(timeout > 0)) {
      throw new ConfigurationError('timeout must be a positive number of milliseconds.');
    }
    const messages = prepareMessages(prompt);
    this.#clock = around.clock;
    this.#stops = joinStopWords(llm.stop, toStopWords(options.stop));
    this.#startedAt = around.clock.monotonic();
    this.#runId = around.emit === undefined ? '' : crypto.randomUUID();
    this.#emit = around.emit && this.#stamped(around.emit);
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
      tools: options.tools?.length ? options.tools : undefined,
      stop: llm.supportsStopWords() ? this.#stops : [],
      temperature: options.temperature ?? llm.temperature,
      callbacks: this.#emit && [this.#emit],
      signal: this.deadline.signal,
    };
    this.#emit?.({
      type: 'turn-start',
      runId: this.#runId,
      at: this.#clock.wall(),
      model: llm.model,
      messageCount: messages.length,
      toolNames: options.tools?.map(tool => tool.name) ?? [],
    });
  }

  /** Every stop word in effect, whether or not the provider knows of it. */
  get stops(): readonly string[] {
    return this.#stops;
  }

  /** The reason given to a hook whose stream nobody reads on. */
  leftEarly(): CrewError {
    return new AbortError('The stream was left before its end.');
  }

  delta(kind: 'text' | 'reasoning', text: string): void {
    this.#emit?.({ type: 'turn-delta', runId: this.#runId, at: this.#clock.wall(), kind, text });
  }

  /**
   * The turn, cut at its earliest stop word and normalised. `cut` says that the text was cut before. Throws when nothing
   * is left.
   */
  finish(turn: AssistantTurn, cut = false): Generation {
    const cutAt = findStopWord(turn.text, this.#stops);
    cut ||= cutAt !== -1;
    const text = cutAt === -1 ? turn.text : turn.text.slice(0, cutAt);
    // What a model writes after a stop word was never asked for, its tool calls included.
    const toolCalls = cut ? [] : distinctIds(turn.toolCalls ?? []);
    const finishReason = cut ? 'stop' : (turn.finishReason ?? (toolCalls.length > 0 ? 'tool-calls' : 'unknown'));
    if (text.trim() === '' && toolCalls.length === 0) throw emptyReply(finishReason, cut);
    const { reasoning, usage, model, requestId } = turn;
    return Object.freeze({ text, reasoning, toolCalls, finishReason, usage, model, requestId });
  }

  succeeded(generation: Generation): void {
    this.#emit?.({
      type: 'turn-finish',
      runId: this.#runId,
      at: this.#clock.wall(),
      generation,
      usage: generation.usage,
      durationMs: this.#clock.monotonic() - this.#startedAt,
    });
  }

  failed(thrown: unknown): CrewError {
    const { signal } = this.deadline;
    // Whatever the hook threw when it was cancelled, the cancellation is what happened.
    const error = toCrewError(signal.aborted ? signal.reason : thrown, 'The model turn');
    this.#emit?.({
      type: 'turn-error',
      runId: this.#runId,
      at: this.#clock.wall(),
      error: error.toJSON(),
      durationMs: this.#clock.monotonic() - this.#startedAt,
    });
    return error;
  }

  /** Fills in the span, for events that the hook emits without knowing it. */
  #stamped(emit: EventCallback): EventCallback {
    return event => emit(event.runId === undefined ? { ...event, runId: this.#runId } : event);
  }
}

function emptyReply(finishReason: Generation['finishReason'], cut: boolean): EmptyReplyError {
  if (cut) return new EmptyReplyError('The model answered with nothing but a stop word.');
  if (finishReason === 'length') {
    return new EmptyReplyError('The model answered with no text: its reply was cut off (length). Raise maxTokens.');
  }
  if (finishReason === 'content-filter') {
    return new EmptyReplyError("The model answered with no text: the provider's content filter withheld the reply.");
  }
  return new EmptyReplyError('The model answered with neither text nor a tool call.');
}

/** The calls with ids that are non-empty and unique, since each is answered by its id. */
export function distinctIds(calls: readonly ToolCall[], taken: Set<string> = new Set()): readonly ToolCall[] {
  return calls.map((call, index) => {
    const wanted = call.id === '' ? `call_${index}` : call.id;
    let id = wanted;
    for (let suffix = 2; taken.has(id); suffix += 1) id = `${wanted}_${suffix}`;
    taken.add(id);
    return id === call.id ? call : { ...call, id };
  });
}

/** Which LLM's `call()` is being given these messages right now: what makes `this.generate()` inside it detectable. */
const insideCall = new WeakMap<readonly Message[], BaseLLM>();
const CALLER: unique symbol = Symbol('crew.caller');

/** Marks what an LLM's `call()` is about to receive. */
export function enterCall<T extends object>(llm: BaseLLM, messages: readonly Message[], options: T): T {
  insideCall.set(messages, llm);
  return { ...options, [CALLER]: llm };
}

export function leaveCall(messages: readonly Message[]): void {
  insideCall.delete(messages);
}

/** Throws when `method` was called from inside the same LLM's `call()`, which would go round for ever. */
export function refuseInsideCall(llm: BaseLLM, method: string, prompt: unknown, options: object): void {
  const byMessages = Array.isArray(prompt) && insideCall.get(prompt) === llm;
  if (byMessages || Reflect.get(options, CALLER) === llm) {
    throw new ConfigurationError(
      `${llm.constructor.name}.call() called ${method}, which calls call(): that never ends. ` +
        'call() asks the model itself; only without being asked by generate() may it use runToolLoop(this, ...).',
    );
  }
}
