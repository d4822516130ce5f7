import { type AssistantTurn, BaseLLM, type BaseLLMOptions, type StreamPart, type TurnRequest } from '@crew/core';

/** One scripted turn: a string, a turn, an error to throw, or a function of the request. */
export type Script = string | AssistantTurn | Error | ((request: TurnRequest) => ScriptResult | Promise<ScriptResult>);
type ScriptResult = string | AssistantTurn;

/** An LLM with scripted turns, for core's own tests. It overrides the hooks, as an adapter does. */
export class ScriptedLLM extends BaseLLM {
  readonly requests: TurnRequest[] = [];
  readonly #script: Script[];
  readonly #always: ((request: TurnRequest) => ScriptResult | Promise<ScriptResult>) | undefined;
  readonly #settings: {
    functionCalling?: boolean;
    stopWords?: boolean;
    responseFormat?: boolean;
    contextWindow?: number;
  };

  /** Creates an LLM from turns in order, or from a function that answers every request. */
  constructor(
    script: readonly Script[] | ((request: TurnRequest) => ScriptResult | Promise<ScriptResult>),
    settings: BaseLLMOptions & {
      functionCalling?: boolean;
      stopWords?: boolean;
      responseFormat?: boolean;
      contextWindow?: number;
    } = {},
  ) {
    super(settings);
    this.#script = typeof script === 'function' ? [] : [...script];
    this.#always = typeof script === 'function' ? script : undefined;
    this.#settings = settings;
  }

  async call(): Promise<never> {
    throw new Error('Crew must use the hooks.');
  }
  supportsFunctionCalling(): boolean {
    return this.#settings.functionCalling ?? true;
  }
  supportsStopWords(): boolean {
    return this.#settings.stopWords ?? true;
  }
  override supportsResponseFormat(): boolean {
    return this.#settings.responseFormat ?? this.supportsFunctionCalling();
  }
  getContextWindowSize(): number {
    return this.#settings.contextWindow ?? Number.POSITIVE_INFINITY;
  }

  override async respond(request: TurnRequest): Promise<AssistantTurn> {
    this.requests.push(request);
    const next = this.#always ?? this.#script.shift();
    if (next === undefined) throw new Error(`No turn ${this.requests.length} is scripted.`);
    if (next instanceof Error) throw next;
    const result = typeof next === 'function' ? await next(request) : next;
    return typeof result === 'string' ? { text: result, finishReason: 'stop' } : result;
  }

  /** Streams the scripted text word by word. */
  override async *respondStream(request: TurnRequest): AsyncIterable<StreamPart> {
    const turn = await this.respond(request);
    for (const text of turn.text.match(/\s*\S+|\s+$/g) ?? []) yield { type: 'text', text };
    const { text, reasoning, toolCalls = [], finishReason = 'unknown', usage, model, requestId, ...extras } = turn;
    const fields = { text, reasoning, toolCalls, finishReason, usage, model, requestId };
    yield { type: 'finish', generation: { ...fields, ...extras } };
  }

  get unused(): number {
    return this.#script.length;
  }
}

/** Returns a turn that calls tools: `calls('add', {a: 1}, 'sub', {...})`. */
export function callsTo(...namesAndArguments: readonly [string, unknown][]): AssistantTurn {
  return {
    text: '',
    finishReason: 'tool-calls',
    toolCalls: namesAndArguments.map(([name, input], index) => ({
      id: `id-${index}`,
      name,
      arguments: typeof input === 'string' ? input : JSON.stringify(input),
    })),
  };
}

/** Returns a turn with a usage of 10 input tokens and 1 output token. */
export function counted(text: string): AssistantTurn {
  return { text, finishReason: 'stop', usage: { inputTokens: 10, outputTokens: 1 } };
}

/** Returns the text of the last message of a request. */
export function lastText(request: TurnRequest | undefined): string {
  const content = request?.messages.at(-1)?.content;
  if (typeof content !== 'string') throw new Error('The request does not end with a text.');
  return content;
}

/** Returns a promise that never resolves, and rejects when the signal aborts, like a request in flight. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
