import { type AuthContext, type OutgoingRequest, showName } from '@crew/llm-http/adapter';
import { type KeySource, readKey } from './key-source.ts';

/** Header values that one attempt sent, by header name. */
export type SentHeaders = ReadonlyMap<string, string>;

/** Headers that authenticate the caller, constant or computed for each attempt. */
export class AuthHeaders {
  readonly #sources: readonly (readonly [name: string, source: KeySource])[];

  constructor(sources: readonly (readonly [name: string, source: KeySource])[]) {
    this.#sources = sources;
  }

  /** Sets the headers in their order. Returns a promise only if a source does. */
  set(request: OutgoingRequest, context: AuthContext): SentHeaders | Promise<SentHeaders> {
    return this.#setFrom(0, request, context, new Map());
  }

  /** Asks the sources for new values after a refusal. Returns true if at least one value has changed. */
  async onRefusal(sent: SentHeaders | undefined, request: OutgoingRequest, context: AuthContext): Promise<boolean> {
    const changes = this.#sources.map(async ([name, source]) => {
      const before = sent?.get(name);
      return (await this.#read(name, source, request, context, before)) !== before;
    });
    return (await Promise.all(changes)).includes(true);
  }

  #setFrom(
    start: number,
    request: OutgoingRequest,
    context: AuthContext,
    sent: Map<string, string>,
  ): SentHeaders | Promise<SentHeaders> {
    for (const [index, [name, source]] of this.#sources.entries()) {
      if (index < start) continue;
      const value = this.#read(name, source, request, context);
      const set = (text: string): void => {
        request.setHeader(name, text);
        sent.set(name, text);
      };
      if (typeof value !== 'string') {
        return value.then(text => {
          set(text);
          return this.#setFrom(index + 1, request, context, sent);
        });
      }
      set(value);
    }
    return sent;
  }

  #read(
    name: string,
    source: KeySource,
    request: OutgoingRequest,
    context: AuthContext,
    refused?: string,
  ): string | Promise<string> {
    return readKey(source, `authHeaders["${showName(name)}"]`, request, context, refused);
  }
}
