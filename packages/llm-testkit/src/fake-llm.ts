import {
  type AssistantTurn,
  BaseLLM,
  type BaseLLMOptions,
  CrewError,
  type StreamPart,
  type TurnRequest,
} from '@crew/core';

/** A scripted turn: a text, a whole turn, an error to throw, or a function that computes the turn from the request. */
export type FakeTurn =
  | string
  | AssistantTurn
  | Error
  | ((request: TurnRequest) => string | AssistantTurn | Promise<string | AssistantTurn>);

/** Options of `fakeLLM`. */
export interface FakeLLMOptions extends BaseLLMOptions {
  /** Support for function calling. `false` makes agents use the ReAct protocol. Default true. */
  readonly functionCalling?: boolean | undefined;
  /** Support for stop words. Default true. */
  readonly stopWords?: boolean | undefined;
  /** Support for response formats. `false` puts schemas in the prompt. Default: the value of `functionCalling`. */
  readonly responseFormat?: boolean | undefined;
  /** Size of the context window, in tokens. Default `Infinity`. */
  readonly contextWindow?: number | undefined;
}

/**
 * Creates an LLM that replies with scripted turns, for tests of agents. It throws if more turns are requested than are scripted;
 * `assertUsed()`, or the end of an `await using` block, throws if turns are left over.
 *
 * @example
 * ```ts
 * import { Agent, Task, tool } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const add = tool({
 *   name: 'add',
 *   description: 'Adds two numbers.',
 *   parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
 *   execute: ({ a, b }) => Number(a) + Number(b),
 * });
 * const llm = fakeLLM([
 *   { text: '', toolCalls: [{ id: '1', name: 'add', arguments: '{"a":2,"b":3}' }] },
 *   request => `It is ${request.messages.at(-1)?.content}.`,
 * ]);
 * const agent = new Agent({ role: 'Clerk', goal: 'Add', backstory: 'You add.', llm, tools: [add] });
 *
 * const task = new Task({ description: 'What is 2 + 3?', expectedOutput: 'A sentence.' });
 * console.log(await agent.executeTask(task)); // It is 5.
 * llm.assertUsed();
 * ```
 */
export function fakeLLM(turns: readonly FakeTurn[], options: FakeLLMOptions = {}): FakeLLM {
  return new FakeLLM(turns, options);
}

/** An LLM that replies with scripted turns. Create one with `fakeLLM`. */
export class FakeLLM extends BaseLLM {
  /** The requests so far, as `respond` received them. */
  readonly requests: TurnRequest[] = [];
  readonly #turns: readonly FakeTurn[];
  readonly #options: FakeLLMOptions;
  #isExhausted = false;

  constructor(turns: readonly FakeTurn[], options: FakeLLMOptions = {}) {
    super(options);
    this.#turns = [...turns];
    this.#options = options;
  }

  /** Requests one turn, as `generate` does. */
  async call(...[messages, options]: Parameters<BaseLLM['call']>): Promise<AssistantTurn> {
    return this.generate(messages, options);
  }

  supportsFunctionCalling(): boolean {
    return this.#options.functionCalling ?? true;
  }

  supportsStopWords(): boolean {
    return this.#options.stopWords ?? true;
  }

  override supportsResponseFormat(): boolean {
    return this.#options.responseFormat ?? this.supportsFunctionCalling();
  }

  getContextWindowSize(): number {
    return this.#options.contextWindow ?? Number.POSITIVE_INFINITY;
  }

  override async respond(request: TurnRequest): Promise<AssistantTurn> {
    const index = this.requests.length;
    this.requests.push(request);
    const turn = this.#turns[index];
    if (turn === undefined) {
      this.#isExhausted = true;
      throw new CrewError(
        'FAKE_LLM',
        `fakeLLM was called for turn ${index + 1}, but ${describeScript(this.#turns.length)}.`,
      );
    }
    if (turn instanceof Error) throw turn;
    const reply = typeof turn === 'function' ? await turn(request) : turn;
    return typeof reply === 'string' ? { text: reply, finishReason: 'stop' } : reply;
  }

  /** Streams the scripted turn word by word. */
  override async *respondStream(request: TurnRequest): AsyncIterable<StreamPart> {
    const turn = await this.respond(request);
    const { text, reasoning, toolCalls = [], finishReason: reason, usage, model, requestId, ...extras } = turn;
    if (reasoning !== undefined) yield { type: 'reasoning', text: reasoning };
    for (const word of text.match(/\s*\S+|\s+$/g) ?? []) yield { type: 'text', text: word };
    for (const [index, call] of toolCalls.entries()) {
      yield { type: 'tool-call-start', index, id: call.id, name: call.name };
      yield { type: 'tool-call-arguments', index, text: call.arguments };
    }
    const finishReason = reason ?? (toolCalls.length > 0 ? 'tool-calls' : 'unknown');
    const fields = { text, reasoning, toolCalls, finishReason, usage, model, requestId };
    yield { type: 'finish', generation: { ...fields, ...extras } };
  }

  /** Throws if scripted turns were not used, or if more turns were requested than are scripted. */
  assertUsed(): void {
    const used = this.requests.length;
    if (this.#isExhausted || used < this.#turns.length) {
      throw new CrewError(
        'FAKE_LLM',
        `fakeLLM was called for ${countTurns(used)}, but ${describeScript(this.#turns.length)}.`,
      );
    }
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    this.assertUsed();
  }
}

function describeScript(count: number): string {
  return count === 0 ? 'none is scripted' : `${countTurns(count)} ${count === 1 ? 'is' : 'are'} scripted`;
}

function countTurns(count: number): string {
  return `${count} ${count === 1 ? 'turn' : 'turns'}`;
}
