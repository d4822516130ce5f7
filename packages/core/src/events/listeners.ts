import { ConfigurationError } from '../errors/configuration-error.ts';
import { type CrewEvent, type EventCallback, emit } from './event.ts';

/** The listeners of one LLM, by the type of event. */
export class Listeners {
  readonly #byType = new Map<string, Set<EventCallback>>();

  /** Adds a listener; the function that comes back removes it. */
  add(type: string, listener: EventCallback): () => void {
    if (typeof listener !== 'function') throw new ConfigurationError(`The listener for ${type} must be a function.`);
    const listeners = this.#byType.get(type) ?? new Set();
    this.#byType.set(type, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#byType.delete(type);
    };
  }

  get any(): boolean {
    return this.#byType.size > 0;
  }

  tell(event: CrewEvent): void {
    const listeners = this.#byType.get(event.type);
    if (listeners) emit([...listeners], event);
  }
}
