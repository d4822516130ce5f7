import { type AssistantTurn, BaseLLM, type Message, type TurnRequest } from '@crew/core';

export interface StrictSettings {
  /** The context window, in tokens. */
  readonly contextWindow: number;
  /** The size that `getContextWindowSize` returns. Default: `contextWindow`. */
  readonly claimedWindow?: number;
  readonly functionCalling?: boolean;
  /** Characters per token of its own tokeniser. Crew estimates four for plain English. */
  readonly charactersPerToken: number;
  /** Reports usage. Default true. */
  readonly reportsUsage?: boolean;
  /** Returns the error for a request that is longer than the window. */
  readonly onExcess: (tokens: number) => Error;
  /** Number of rounds of tool calls before the answer. */
  readonly rounds: number;
  /** Returns the summary of a text. Default: the facts in it. */
  readonly summarise?: (text: string) => string | Promise<string>;
}

/** Returns all facts in a text ("FACT 12"), in order. */
export function factsIn(text: string): string[] {
  return text.match(/FACT \d+/g) ?? [];
}

/**
 * A model that measures every request with its own tokeniser, rejects requests longer than its window, and checks that
 * every tool call has its result. It calls `fetch` for some rounds, then answers with the facts in the conversation.
 */
export class StrictLLM extends BaseLLM {
  readonly sizes: number[] = [];
  readonly requests: TurnRequest[] = [];
  readonly summaries: TurnRequest[] = [];
  #round = 0;
  readonly #settings: StrictSettings;

  constructor(settings: StrictSettings) {
    super();
    this.#settings = settings;
  }

  call(): Promise<never> {
    throw new Error('Crew uses the hooks.');
  }
  supportsFunctionCalling(): boolean {
    return this.#settings.functionCalling ?? true;
  }
  supportsStopWords(): boolean {
    return true;
  }
  getContextWindowSize(): number {
    return this.#settings.claimedWindow ?? this.#settings.contextWindow;
  }

  override async respond(request: TurnRequest): Promise<AssistantTurn> {
    const { contextWindow, charactersPerToken, reportsUsage = true, onExcess, summarise } = this.#settings;
    const tokens = Math.ceil(
      (textOf(request.messages) + JSON.stringify(request.tools ?? '')).length / charactersPerToken,
    );
    checkPairs(request.messages);
    if (tokens > contextWindow) throw onExcess(tokens);
    this.sizes.push(tokens);
    const usage = reportsUsage ? { inputTokens: tokens, outputTokens: 20 } : undefined;
    if (String(request.messages[0]?.content).includes('Reply with the summary only')) {
      this.summaries.push(request);
      const text = String(request.messages[1]?.content);
      return { text: summarise ? await summarise(text) : `Facts: ${factsIn(text).join(' ')}`, usage };
    }
    this.requests.push(request);
    this.#round += 1;
    if (this.#round > this.#settings.rounds) return { ...this.#answer(request), usage };
    return { ...this.#callFetch(this.#round), usage };
  }

  #answer(request: TurnRequest): AssistantTurn {
    const facts = factsIn(textOf(request.messages)).join(' ');
    return {
      text: this.supportsFunctionCalling() ? `I know ${facts}` : `Thought: done\nFinal Answer: I know ${facts}`,
    };
  }

  #callFetch(round: number): AssistantTurn {
    const input = JSON.stringify({ page: round });
    if (!this.supportsFunctionCalling()) return { text: `Thought: on\nAction: fetch\nAction Input: ${input}` };
    return { text: '', toolCalls: [{ id: `c${round}`, name: 'fetch', arguments: input }] };
  }
}

function textOf(messages: readonly Message[]): string {
  return messages
    .map(message => {
      const calls = message.role === 'assistant' ? JSON.stringify(message.toolCalls ?? '') : '';
      return (typeof message.content === 'string' ? message.content : JSON.stringify(message.content)) + calls;
    })
    .join('\n');
}

/** Fails like a strict provider unless each call is followed by its result, and each result follows its call. */
function checkPairs(messages: readonly Message[]): void {
  const open: string[] = [];
  for (const message of messages) {
    if (message.role === 'tool') {
      if (open.shift() !== message.toolCallId) throw new Error('A tool result without its call.');
      continue;
    }
    if (open.length > 0) throw new Error('A tool call without its result.');
    if (message.role === 'assistant') open.push(...(message.toolCalls ?? []).map(({ id }) => id));
  }
  if (open.length > 0) throw new Error('A tool call without its result.');
}
