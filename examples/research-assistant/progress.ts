import { type CrewEvent, excerpt } from '@crew/core';

/** Most characters of a line where no terminal sets a limit. */
const LONGEST_LINE = 500;

/**
 * Shows on stderr what is going on: one line that changes on a terminal, plain lines elsewhere. Names, arguments and
 * messages come from the model and its server, so only their printable characters are shown.
 */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  #turns = 0;
  #shown = false;

  constructor(out: NodeJS.WriteStream = process.stderr) {
    this.#out = out;
  }

  show(event: CrewEvent): void {
    switch (event.type) {
      case 'turn-start':
        this.#turns += 1;
        this.#say(`Asking the model (turn ${this.#turns}) ...`);
        break;
      case 'tool-start':
        this.#say(`Using ${event.name} ${event.arguments} ...`);
        break;
      case 'tool-error':
        this.#say(`${event.name} failed: ${event.message}`);
        break;
      case 'turn-retry':
        this.#say(`Trying again in ${Math.round(event.delayMs)} ms: ${event.error.message}`);
        break;
      case 'credential':
        this.#say(`The credential was ${event.action} (${event.authenticator}).`);
        break;
      default:
    }
  }

  /** Removes the changing line, so that what follows begins on a clean one. */
  clear(): void {
    if (this.#shown) this.#out.write('\r\x1b[K');
    this.#shown = false;
  }

  #say(line: string): void {
    if (!this.#out.isTTY) {
      this.#out.write(`${excerpt(line, LONGEST_LINE)}\n`);
      return;
    }
    this.clear();
    const room = Math.max(1, (this.#out.columns || 80) - 1);
    this.#out.write(excerpt(line, LONGEST_LINE).slice(0, room).toWellFormed());
    this.#shown = true;
  }
}
