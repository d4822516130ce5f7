import { randomBytes } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { captureOutput } from './output-capture.ts';
import { maskAll, maskedExcerpt, type Secret, type SecretForm, search, secretOf } from './secret-search.ts';
import { textsOf } from './value-texts.ts';

/** A secret found in a place where it must not be. */
export interface Leak {
  /** Label of the secret. Undefined for a request to a forbidden origin. */
  readonly secret: string | undefined;
  /** Place of the secret, such as `stdout`, `thrown error.cause.message` or `event (JSON.stringify)`. */
  readonly place: string;
  readonly form: SecretForm | 'request';
  /** Text around the secret, with the secret replaced by its label. */
  readonly excerpt: string;
}

/** Maximum length, in characters, and maximum number of the texts that are remembered as free of secrets. */
const LONGEST_CLEAN_TEXT = 10_000;
const MOST_CLEAN_TEXTS = 5_000;

/** Outcome of a watched scenario: its value or its error. */
export type WatchOutcome<T> =
  | { readonly value: T; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: unknown };

/** An origin that must not receive requests: an endpoint of `startEndpoint`, or any other recorder of requests. */
export interface ForbiddenOrigin {
  readonly origin: string;
  readonly requests: readonly { readonly method: string; readonly path: string }[];
}

/**
 * Creates a harness that plants secrets and detects them wherever a program prints, stores or sends them: raw, in base64 and base64url
 * at any alignment, percent-encoded, in hex, escaped, and as a list of bytes. The memory of the process is not searched.
 *
 * @example
 * ```ts
 * import { createLeakHarness, startEndpoint, status } from '@crew/test-endpoint';
 *
 * const harness = createLeakHarness();
 * const apiKey = harness.sentinel('api key');
 * const endpoint = await startEndpoint({ replies: [status(500)] });
 *
 * await harness.watch(async () => {
 *   const response = await fetch(endpoint.url, { method: 'POST', headers: { authorization: `Bearer ${apiKey}` } });
 *   throw new Error(`The endpoint returned ${response.status}.`);
 * });
 * harness.assertClean(); // throws if the key was printed or is part of the error
 *
 * await endpoint.close();
 * ```
 */
export function createLeakHarness(): LeakHarness {
  return new LeakHarness();
}

/** A harness that plants secrets and collects their leaks. Create one with `createLeakHarness`. */
export class LeakHarness {
  readonly #secrets: Secret[] = [];
  readonly #leaks: Map<string, Leak> = new Map();
  readonly #origins: ForbiddenOrigin[] = [];
  /** Texts that contain none of the secrets. */
  readonly #clean: Set<string> = new Set();

  /** Creates a secret, `sk-SENTINEL-<32 hex digits>`, for use as a credential. */
  sentinel(label: string): string {
    return this.plant(label, `sk-SENTINEL-${randomBytes(16).toString('hex')}`);
  }

  /**
   * Registers an existing secret, such as a password, a private key or a minted token, and returns it.
   *
   * @throws RangeError if it has fewer than 8 characters, or if a label, which reports show, contains a secret.
   */
  plant(label: string, value: string): string {
    const secrets = [...this.#secrets, secretOf(label, value)];
    const labels = secrets.map(secret => secret.label.toLowerCase());
    if (secrets.some(({ plain }) => labels.some(shown => shown.includes(plain)))) {
      throw new RangeError('The label of a secret contains a secret. Choose another label, because reports show it.');
    }
    this.#secrets.push(...secrets.slice(-1));
    this.#clean.clear();
    return value;
  }

  /**
   * Runs a scenario and searches its output (stdout, stderr, console, process warnings) and the error that it throws. Resolves to the
   * outcome and never rejects. `label` names the scenario in the report.
   */
  async watch<T>(scenario: () => T | Promise<T>, label = ''): Promise<WatchOutcome<T>> {
    const prefix = label === '' ? '' : `${label}: `;
    // The output is searched as a whole at the end, because a secret may be printed in several writes.
    const printed = new Map<string, string>();
    const stopCapture = captureOutput((place, text) => printed.set(place, (printed.get(place) ?? '') + text));
    try {
      return { value: await scenario() };
    } catch (error) {
      this.inspect(`${prefix}thrown error`, error);
      return { error };
    } finally {
      // Output that the scenario triggered just before its end appears in this turn.
      await nextTurn();
      stopCapture();
      for (const [place, text] of printed) this.#search(prefix + place, text);
    }
  }

  /** Searches every textual form of a value: its properties, messages and stacks, `util.inspect`, `JSON.stringify` and others. */
  inspect(label: string, value: unknown): void {
    for (const { name, text } of textsOf(value)) {
      const place = /^[.[]/u.test(name) || name === '' ? label + name : `${label} (${name})`;
      this.#search(place, text);
    }
  }

  /** Searches an event. Pass it as a callback for events. */
  readonly onEvent = (event: unknown): void => {
    const type: unknown = typeof event === 'object' && event !== null ? Reflect.get(event, 'type') : undefined;
    this.inspect(typeof type === 'string' ? `event ${type}` : 'event', event);
  };

  /** Searches the names and contents of all files below a folder. */
  async inspectFiles(folder: string): Promise<void> {
    for await (const { place, text } of textsInFiles(folder)) this.#search(place, text);
  }

  /** Searches a prompt or reply of the model: a string or messages. */
  inspectPrompt(prompt: unknown): void {
    this.inspect('prompt', prompt);
  }

  /** Registers an endpoint that must not receive any request. It is checked when the report is created. */
  forbidOrigin(endpoint: ForbiddenOrigin): void {
    this.#origins.push(endpoint);
  }

  /** Returns the distinct leaks found so far. */
  report(): readonly Leak[] {
    for (const { origin, requests } of this.#origins) {
      for (const request of requests) {
        const place = `origin ${origin}`;
        const excerpt = maskAll(`${request.method} ${request.path}`, this.#secrets);
        this.#add({ secret: undefined, place, form: 'request', excerpt });
        this.inspect(place, request);
      }
    }
    return [...this.#leaks.values()];
  }

  /** Throws an error that lists the leaks, without the secrets, if there are any. */
  assertClean(): void {
    const leaks = this.report();
    if (leaks.length === 0) return;
    const lines = leaks.map(({ secret, place, form, excerpt }) =>
      secret === undefined
        ? `- ${place} received a request: ${excerpt}`
        : `- ${place} shows the secret "${secret}" (${form}): ${excerpt}`,
    );
    throw new Error(`${leaks.length} leak(s):\n${lines.join('\n')}`);
  }

  #search(place: string, text: string): void {
    // The same text occurs repeatedly, in several forms of a value and in several values.
    if (this.#clean.has(text)) return;
    const matches = search(text, this.#secrets);
    if (matches.length === 0 && text.length <= LONGEST_CLEAN_TEXT) {
      if (this.#clean.size >= MOST_CLEAN_TEXTS) this.#clean.clear();
      this.#clean.add(text);
    }
    for (const match of matches) {
      const { secret, form } = match;
      const shown = maskAll(place, this.#secrets);
      if (this.#leaks.has(keyOf(secret.label, shown, form))) continue;
      this.#add({ secret: secret.label, place: shown, form, excerpt: maskedExcerpt(match, this.#secrets) });
    }
  }

  #add(leak: Leak): void {
    this.#leaks.set(keyOf(leak.secret, leak.place, leak.form), leak);
  }
}

function keyOf(secret: string | undefined, place: string, form: string): string {
  return JSON.stringify([secret, place, form]);
}

/** Generates the names and contents of all files below a folder, and the targets of symbolic links. */
async function* textsInFiles(folder: string): AsyncGenerator<{ readonly place: string; readonly text: string }> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    yield { place: `name of ${path}`, text: entry.name };
    if (entry.isFile()) yield { place: `file ${path}`, text: await readFile(path, 'utf8') };
    else if (entry.isSymbolicLink()) yield { place: `link ${path}`, text: await readlink(path) };
  }
}
