import {
  type AssistantTurn,
  BaseLLM,
  type BaseLLMOptions,
  CrewError,
  type StreamPart,
  type TurnRequest,
} from '@crew/core';

/** One scripted turn: a text, a whole turn, an error to throw, or a function that looks at the request first. */
export type FakeTurn =
  | string
  | AssistantTurn
  | Error
  | ((request: TurnRequest) => string | AssistantTurn | Promise<string | AssistantTurn>);

/** What a fake LLM says of itself. */
export interface FakeLLMOptions extends BaseLLMOptions {
  /** Default true. `false` makes agents use the text protocol. */
  readonly functionCalling?: boolean | undefined;
  /** Default true. */
  readonly stopWords?: boolean | undefined;
  /** Tokens. Default `Infinity`. */
  readonly contextWindow?: number | undefined;
}

/**
 * An LLM that says what the script says, for tests of your agents. Asked for more turns than are scripted it throws;
 * `assertUsed()` (or the end of an `await using` block) throws when turns are left over.
 *
 * ```ts
 * await using llm = fakeLLM([{ text: '', toolCalls: [{ id: '1', name: 'search', arguments: '{}' }] }, 'The answer.']);
 * ```
 */
export function fakeLLM(turns: readonly FakeTurn[], options: FakeLLMOptions = {}): FakeLLM {
  return new FakeLLM(turns, options);
}

/** What `fakeLLM` makes. */
export class FakeLLM extends BaseLLM {
  /** Every request so far, as the hook received it. */
  readonly requests: TurnRequest[] = [];
  readonly #turns: readonly FakeTurn[];
  readonly #options: FakeLLMOptions;
  #failed = false;

  constructor(turns: readonly FakeTurn[], options: FakeLLMOptions = {}) {
    super(options);
    this.#turns = [...turns];
    this.#options = options;
  }

  /** Asks for one turn, as `generate` does. */
  async call(...[messages, options]: Parameters<BaseLLM['call']>): Promise<AssistantTurn> {
    return this.generate(messages, options);
  }

  supportsFunctionCalling(): boolean {
    return this.#options.functionCalling ?? true;
  }

  supportsStopWords(): boolean {
    return this.#options.stopWords ?? true;
  }

  getContextWindowSize(): number {
    return this.#options.contextWindow ?? Number.POSITIVE_INFINITY;
  }

  override async respond(request: TurnRequest): Promise<AssistantTurn> {
    const index = this.requests.length;
    this.requests.push(request);
    const turn = this.#turns[index];
    if (turn === undefined) {
      this.#failed = true;
      throw new CrewError('FAKE_LLM', `fakeLLM was asked for turn ${index + 1}, but ${scripted(this.#turns.length)}.`);
    }
    if (turn instanceof Error) throw turn;
    const said = typeof turn === 'function' ? await turn(request) : turn;
    return typeof said === 'string' ? { text: said, finishReason: 'stop' } : said;
  }

  /** The scripted turn word by word. */
  override async *respondStream(request: TurnRequest): AsyncIterable<StreamPart> {
    const turn = await this.respond(request);
    const { text, reasoning, toolCalls = [], usage, model, requestId } = turn;
    if (reasoning !== undefined) yield { type: 'reasoning', text: reasoning };
    for (const word of text.match(/\s*\S+|\s+$/g) ?? []) yield { type: 'text', text: word };
    for (const [index, call] of toolCalls.entries()) {
      yield { type: 'tool-call-start', index, id: call.id, name: call.name };
      yield { type: 'tool-call-arguments', index, text: call.arguments };
    }
    const finishReason = turn.finishReason ?? (toolCalls.length > 0 ? 'tool-calls' : 'unknown');
    yield { type: 'finish', generation: { text, reasoning, toolCalls, finishReason, usage, model, requestId } };
  }

  /** Throws when scripted turns were not asked for, or more were asked for than are scripted. */
  assertUsed(): void {
    const asked = this.requests.length;
    if (this.#failed || asked < this.#turns.length) {
      throw new CrewError('FAKE_LLM', `fakeLLM was asked for ${turns(asked)}, but ${scripted(this.#turns.length)}.`);
    }
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    this.assertUsed();
  }
}

function scripted(count: number): string {
  return count === 0 ? 'none is scripted' : `${turns(count)} ${count === 1 ? 'is' : 'are'} scripted`;
}

function turns(count: number): string {
  return `${count} ${count === 1 ? 'turn' : 'turns'}`;
}
