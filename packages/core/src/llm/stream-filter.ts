import type { StopWordCutter } from './stop-words.ts';
import type { AssistantTurn, StreamPart } from './turn.ts';
import type { TurnLifecycle } from './turn-lifecycle.ts';

/** The end of a filtered stream. */
export interface StreamEnd {
  /** The turn as the hook returned it, or as far as the stop word. */
  readonly turn: AssistantTurn;
  /** True if the stream was cut at a stop word. */
  readonly isCut: boolean;
}

/**
 * A filter between the stream of a hook and its consumer, which removes everything after a stop word. The `finish` part is
 * not passed on, but becomes the `end`.
 */
export class StreamFilter {
  /** The parts that the consumer may receive now. The caller empties the list. */
  readonly parts: StreamPart[] = [];
  /** The end of the stream, once nothing follows. */
  end: StreamEnd | undefined;
  /** All text emitted so far. */
  text = '';
  readonly #turn: TurnLifecycle;
  readonly #cutter: StopWordCutter;
  #reasoning = '';
  /** Tool call parts that arrived while the text before them may still contain a stop word. */
  #heldParts: StreamPart[] = [];

  constructor(turn: TurnLifecycle) {
    this.#turn = turn;
    this.#cutter = turn.createCutter();
  }

  /** Adds the next part of the hook's stream. */
  add(part: StreamPart): void {
    switch (part.type) {
      case 'text':
        this.#addText(part.text);
        break;
      case 'reasoning':
        this.#reasoning += part.text;
        this.#turn.emitDelta('reasoning', part.text);
        this.parts.push(part);
        break;
      case 'finish':
        this.#finish(part.generation);
        break;
      default:
        if (this.#cutter.isUndecided) this.#heldParts.push(part);
        else this.parts.push(part);
    }
  }

  #addText(delta: string): void {
    const text = this.#cutter.push(delta);
    if (text !== '') this.#emitText(text);
    if (this.#cutter.isCut) {
      // The provider still generates text that is not needed.
      const reasoning = this.#reasoning === '' ? undefined : this.#reasoning;
      this.end = { turn: { text: this.text, reasoning }, isCut: true };
    } else if (!this.#cutter.isUndecided) this.#releaseParts();
  }

  #finish(turn: AssistantTurn): void {
    const heldText = this.#cutter.flush();
    const rest = this.text === '' ? this.#cutWhole(turn.text) : heldText;
    if (rest !== '') this.#emitText(rest);
    if (!this.#cutter.isCut) this.#releaseParts();
    this.end = { turn, isCut: false };
  }

  /** Returns the text of a turn that had no text parts, cut at the earliest stop word. */
  #cutWhole(text: string): string {
    const cutter = this.#turn.createCutter();
    return cutter.push(text) + cutter.flush();
  }

  #emitText(text: string): void {
    this.text += text;
    this.#turn.emitDelta('text', text);
    this.parts.push({ type: 'text', text });
  }

  #releaseParts(): void {
    if (this.#heldParts.length === 0) return;
    // The server decides how many parts there are: spread arguments could overflow the stack.
    for (const part of this.#heldParts) this.parts.push(part);
    this.#heldParts = [];
  }
}
