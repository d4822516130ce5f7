import { StopWordCutter } from './stop-words.ts';
import type { AssistantTurn, StreamPart } from './turn.ts';
import type { Turn } from './turn-lifecycle.ts';

/** The parts of a hook's stream as the consumer may see them, but for the last: nothing after a stop word. */
export class ShownParts {
  /** What may be shown now. The consumer takes it out. */
  readonly parts: StreamPart[] = [];
  /** The turn, once nothing more is shown: as the hook gave it at the end, or as far as the stop word that cut it. */
  end: { readonly turn: AssistantTurn; readonly cut: boolean } | undefined;
  /** All text shown so far. */
  text = '';
  readonly #turn: Turn;
  readonly #cutter: StopWordCutter;
  #reasoning = '';
  /** Tool calls that began while a stop word may have begun before them. */
  #behind: StreamPart[] = [];

  constructor(turn: Turn) {
    this.#turn = turn;
    this.#cutter = new StopWordCutter(turn.stops);
  }

  /** The hook's next part. */
  add(part: StreamPart): void {
    switch (part.type) {
      case 'text':
        this.#addText(part.text);
        break;
      case 'reasoning':
        this.#reasoning += part.text;
        this.#turn.delta('reasoning', part.text);
        this.parts.push(part);
        break;
      case 'finish':
        this.#finish(part.generation);
        break;
      default:
        if (this.#cutter.undecided) this.#behind.push(part);
        else this.parts.push(part);
    }
  }

  #addText(text: string): void {
    const shown = this.#cutter.push(text);
    if (shown !== '') this.#show(shown);
    if (this.#cutter.stopped) {
      // The provider goes on writing what nobody asked for.
      const reasoning = this.#reasoning === '' ? undefined : this.#reasoning;
      this.end = { turn: { text: this.text, reasoning }, cut: true };
    } else if (!this.#cutter.undecided) this.#release();
  }

  #finish(turn: AssistantTurn): void {
    const held = this.#cutter.flush();
    const rest = this.text === '' ? this.#unstreamed(turn.text) : held;
    if (rest !== '') this.#show(rest);
    if (!this.#cutter.stopped) this.#release();
    this.end = { turn, cut: false };
  }

  /** The text of a hook that gave no text parts, cut like any other. */
  #unstreamed(text: string): string {
    const cutter = new StopWordCutter(this.#turn.stops);
    return cutter.push(text) + cutter.flush();
  }

  #show(text: string): void {
    this.text += text;
    this.#turn.delta('text', text);
    this.parts.push({ type: 'text', text });
  }

  #release(): void {
    if (this.#behind.length === 0) return;
    // Not spread into the arguments of one call, which the stack bounds: a server decides how many there are.
    for (const part of this.#behind) this.parts.push(part);
    this.#behind = [];
  }
}
