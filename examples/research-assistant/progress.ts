import { type CrewEvent, excerpt } from '@crew/core';

/** Maximum length of a line that is not written to a terminal, in characters. */
const MAX_LINE_LENGTH = 500;

/**
 * A progress display on stderr: one line that is updated in place on a terminal, one line per event elsewhere. Names,
 * arguments and messages come from the model and its server, so only their printable characters are shown.
 */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  #turns = 0;
  #isLineShown = false;

  constructor(out: NodeJS.WriteStream = process.stderr) {
    this.#out = out;
  }

  /** Shows an event, if it is one that tells the user what the agent is doing. */
  show(event: CrewEvent): void {
    switch (event.type) {
      case 'turn-start':
        this.#turns += 1;
        this.#print(`Asking the model (turn ${this.#turns}) ...`);
        break;
      case 'tool-start':
        this.#print(`Using ${event.name} ${event.arguments} ...`);
        break;
      case 'tool-error':
        this.#print(`${event.name} failed: ${event.message}`);
        break;
      case 'turn-retry':
        this.#print(`Trying again in ${Math.round(event.delayMs)} ms: ${event.error.message}`);
        break;
      case 'credential':
        this.#print(`The credential was ${event.action} (${event.authenticator}).`);
        break;
      default:
    }
  }

  /** Erases the line on the terminal, so that further output starts on an empty line. */
  clear(): void {
    if (this.#isLineShown) this.#out.write('\r\x1b[K');
    this.#isLineShown = false;
  }

  #print(line: string): void {
    if (!this.#out.isTTY) {
      this.#out.write(`${excerpt(line, MAX_LINE_LENGTH)}\n`);
      return;
    }
    this.clear();
    const width = Math.max(1, (this.#out.columns || 80) - 1);
    this.#out.write(excerpt(line, MAX_LINE_LENGTH).slice(0, width).toWellFormed());
    this.#isLineShown = true;
  }
}
