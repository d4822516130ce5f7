import type { JsonValue } from '../json.ts';
import { toFrozenJson } from '../messages/provider-data.ts';
import { asRecord, type JsonRecord } from './response-fields.ts';

/** Collects what a provider says about the text of a turn: citations and log probabilities, whole or in deltas. */
export class TurnNotes {
  readonly #annotations: unknown[] = [];
  /** The list of sources that some servers send instead of annotations, the whole of it in every chunk. */
  #citations: readonly unknown[] = [];
  #logprobs: Map<string, unknown> | undefined;

  /** Adds the annotations of a message or a delta. */
  addMessage(message: JsonRecord): void {
    const annotations = message['annotations'];
    // The server decides how many there are: spread arguments could overflow the stack.
    if (Array.isArray(annotations)) for (const annotation of annotations) this.#annotations.push(annotation);
    this.addCitations(message);
  }

  /** Adds the `citations` of a body, a chunk or a message. The last list is kept. */
  addCitations(record: JsonRecord): void {
    const citations = record['citations'];
    if (Array.isArray(citations) && citations.length > 0) this.#citations = citations;
  }

  /** Adds the log probabilities of a choice. */
  addChoice(choice: JsonRecord): void {
    const logprobs = asRecord(choice['logprobs']);
    if (logprobs === undefined) return;
    this.#logprobs ??= new Map();
    for (const [name, value] of Object.entries(logprobs)) {
      const before = this.#logprobs.get(name);
      if (Array.isArray(before) && Array.isArray(value)) for (const item of value) before.push(item);
      else if (before === undefined || before === null)
        this.#logprobs.set(name, Array.isArray(value) ? [...value] : value);
    }
  }

  /** Returns the notes. A kind of which nothing arrived is `undefined`. */
  toJson(): { readonly annotations: readonly JsonValue[] | undefined; readonly logprobs: JsonValue | undefined } {
    const annotations = this.#annotations.length > 0 ? this.#annotations : this.#citations;
    return {
      annotations: annotations.length === 0 ? undefined : Object.freeze(annotations.map(toFrozenJson)),
      logprobs: this.#logprobs === undefined ? undefined : toFrozenJson(Object.fromEntries(this.#logprobs)),
    };
  }
}
