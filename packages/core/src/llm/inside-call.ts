import { ConfigurationError } from '../errors/configuration-error.ts';
import type { Message } from '../messages/message.ts';
import type { BaseLLM } from './base-llm.ts';

/** Which LLM's `call()` is being given these messages right now: what makes `this.generate()` inside it detectable. */
const insideCall = new WeakMap<readonly Message[], BaseLLM>();
const CALLER: unique symbol = Symbol('crew.caller');

/** Marks what an LLM's `call()` is about to receive. */
export function enterCall<T extends object>(llm: BaseLLM, messages: readonly Message[], options: T): T {
  insideCall.set(messages, llm);
  return { ...options, [CALLER]: llm };
}

/** Takes the mark off the messages. */
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
