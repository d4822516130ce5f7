import { randomBytes } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { tapOutput } from './output-capture.ts';
import { maskAll, maskedExcerpt, type Secret, type SecretForm, search, secretOf } from './secret-search.ts';
import { facetsOf } from './value-texts.ts';

/** A secret where it must not be. */
export interface Leak {
  /** The label of the secret; undefined when an origin that should get nothing got a request. */
  readonly secret: string | undefined;
  /** For instance `stdout`, `thrown error.cause.message`, `event (JSON.stringify)`. */
  readonly place: string;
  readonly form: SecretForm | 'request';
  /** The surroundings, with the secret replaced by its label. */
  readonly excerpt: string;
}

/** The longest text, in characters, and the most texts, of which is kept that no secret is in them. */
const LONGEST_KEPT = 10_000;
const MOST_KEPT = 5_000;

/** How a watched scenario ended. */
export type Outcome<T> =
  | { readonly value: T; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: unknown };

/** An endpoint, as far as the harness must know it: what `startEndpoint` gives, or any recorder of requests. */
export interface ForbiddenOrigin {
  readonly origin: string;
  readonly requests: readonly { readonly method: string; readonly path: string }[];
}

/**
 * Makes a harness that plants secrets and finds them wherever a program shows, stores or sends them: raw, in base64 and base64url at any
 * alignment, percent-encoded, in hex, escaped, as a list of bytes. The memory of the process is no such place.
 *
 * @example
 * const harness = createLeakHarness();
 * const apiKey = harness.sentinel('api key');
 * await harness.watch(() => callThatFails({ apiKey, onEvent: harness.events }));
 * harness.assertClean();
 */
export function createLeakHarness(): LeakHarness {
  return new LeakHarness();
}

/** Plants secrets and collects their leaks. Made by `createLeakHarness`. */
export class LeakHarness {
  readonly #secrets: Secret[] = [];
  readonly #leaks: Map<string, Leak> = new Map();
  readonly #origins: ForbiddenOrigin[] = [];
  /** Texts in which none of the secrets is. */
  readonly #clean: Set<string> = new Set();

  /** Makes a new secret, `sk-SENTINEL-<32 hex digits>`, to be used as a credential. */
  sentinel(label: string): string {
    return this.plant(label, `sk-SENTINEL-${randomBytes(16).toString('hex')}`);
  }

  /**
   * Also looks for a secret of another shape: a password, a private key, a token that was minted.
   *
   * @throws RangeError when it has fewer than 8 characters, or when a label, which reports show, would show a secret.
   */
  plant(label: string, value: string): string {
    const secrets = [...this.#secrets, secretOf(label, value)];
    const labels = secrets.map(secret => secret.label.toLowerCase());
    if (secrets.some(({ plain }) => labels.some(shown => shown.includes(plain)))) {
      throw new RangeError('The label of a secret is shown in reports and must not contain a secret.');
    }
    this.#secrets.push(...secrets.slice(-1));
    this.#clean.clear();
    return value;
  }

  /**
   * Runs a scenario and searches what it prints (stdout, stderr, console, process warnings) and what it throws. Resolves to its outcome
   * and never rejects. `label` names the scenario in the report.
   */
  async watch<T>(scenario: () => T | Promise<T>, label = ''): Promise<Outcome<T>> {
    const prefix = label === '' ? '' : `${label}: `;
    // Searched as a whole at the end: a secret may be printed in several writes.
    const printed = new Map<string, string>();
    const untap = tapOutput((place, text) => printed.set(place, (printed.get(place) ?? '') + text));
    try {
      return { value: await scenario() };
    } catch (error) {
      this.inspect(`${prefix}thrown error`, error);
      return { error };
    } finally {
      // What the scenario set off just before its end is still printed in this turn.
      await nextTurn();
      untap();
      for (const [place, text] of printed) this.#search(prefix + place, text);
    }
  }

  /** Searches a value in every way in which it can become text. */
  inspect(label: string, value: unknown): void {
    for (const { name, text } of facetsOf(value)) {
      const place = /^[.[]/u.test(name) || name === '' ? label + name : `${label} (${name})`;
      this.#search(place, text);
    }
  }

  /** Searches an event. May be handed over as a callback. */
  readonly events = (event: unknown): void => {
    const type: unknown = typeof event === 'object' && event !== null ? Reflect.get(event, 'type') : undefined;
    this.inspect(typeof type === 'string' ? `event ${type}` : 'event', event);
  };

  /** Searches the names and the contents of all files below a folder. */
  async files(folder: string): Promise<void> {
    for await (const { place, text } of textsInFiles(folder)) this.#search(place, text);
  }

  /** Searches what the model was sent, or said: text, or messages. */
  prompts(prompt: unknown): void {
    this.inspect('prompt', prompt);
  }

  /** Names an endpoint that must not receive a single request. Looked at when the report is made. */
  origin(endpoint: ForbiddenOrigin): void {
    this.#origins.push(endpoint);
  }

  /** The leaks found so far, each once. */
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

  /** @throws Error that lists the leaks, without the secrets. */
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
    // The same text is met again and again: in several ways of printing a value, and in several values.
    if (this.#clean.has(text)) return;
    const matches = search(text, this.#secrets);
    if (matches.length === 0 && text.length <= LONGEST_KEPT) {
      if (this.#clean.size >= MOST_KEPT) this.#clean.clear();
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

/** The names and contents of all files below a folder, and where its symbolic links point. */
export async function* textsInFiles(folder: string): AsyncGenerator<{ readonly place: string; readonly text: string }> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    yield { place: `name of ${path}`, text: entry.name };
    if (entry.isFile()) yield { place: `file ${path}`, text: await readFile(path, 'utf8') };
    else if (entry.isSymbolicLink()) yield { place: `link ${path}`, text: await readlink(path) };
  }
}
