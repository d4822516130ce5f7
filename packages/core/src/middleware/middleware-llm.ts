import { copyOptions } from '../errors/check-options.ts';
import type { CrewEvent } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import { BaseLLM, type BaseLLMOptions } from '../llm/base-llm.ts';
import type { AssistantTurn, StreamPart } from '../llm/turn.ts';
import type { CallOptions, TurnRequest } from '../llm/turn-options.ts';
import { runToolLoop } from '../loop/run-tool-loop.ts';
import type { Prompt } from '../messages/message.ts';

/** The two hooks of an LLM, to which middleware delegates. */
export interface TurnHooks {
  respond(request: TurnRequest): Promise<AssistantTurn>;
  respondStream(request: TurnRequest): AsyncIterable<StreamPart>;
}

/** The base class of LLMs that delegate their turns to one or several inner LLMs. */
export abstract class MiddlewareLLM extends BaseLLM {
  readonly #innerLLMs: readonly BaseLLM[];
  readonly #clock: Clock;

  constructor(innerLLMs: readonly BaseLLM[], options: BaseLLMOptions & { readonly clock: Clock }) {
    super(options);
    this.#innerLLMs = innerLLMs;
    this.#clock = options.clock;
  }

  /** Implements the contract of `call()` on the hooks: runs the tool loop with functions, otherwise a single turn. */
  async call(messages: Prompt, callOptions?: CallOptions): Promise<string | AssistantTurn> {
    const options = callOptions && copyOptions(callOptions, ['availableFunctions', 'maxToolRounds', 'tools']);
    if (options?.availableFunctions !== undefined) {
      return (await runToolLoop(this, { ...options, messages, clock: this.#clock })).text;
    }
    const generation = await this.generate(messages, options);
    return options?.tools === undefined ? generation.text : generation;
  }

  /** Also listens to the inner LLMs for events that belong to no turn: renewals of credentials in the background. */
  override on<Type extends CrewEvent['type']>(
    type: Type,
    listener: (event: Extract<CrewEvent, { readonly type: Type }>) => void,
  ): () => void {
    const removeOwn = super.on(type, listener);
    if (type !== 'credential') return removeOwn;
    const removals = [removeOwn, ...this.#innerLLMs.map(llm => llm.on(type, listener))];
    return () => {
      for (const remove of removals) remove();
    };
  }
}
