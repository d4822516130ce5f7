import { type AuthContext, type OutgoingRequest, showName } from '@crew/llm-http/adapter';
import type { KeySource } from './api-key-options.ts';
import { readKey } from './key-source.ts';

/** What was sent in one attempt, by header. */
export type SentHeaders = ReadonlyMap<string, string>;

/** Headers that prove who calls, static or computed for each attempt. */
export class AuthHeaders {
  readonly #sources: readonly (readonly [name: string, source: KeySource])[];

  constructor(sources: readonly (readonly [name: string, source: KeySource])[]) {
    this.#sources = sources;
  }

  /** Sets them all, in their order. Waits only where a function does. */
  send(request: OutgoingRequest, context: AuthContext): SentHeaders | Promise<SentHeaders> {
    return this.#send(request, context, 0, new Map());
  }

  /** The server refused what was sent. Whether some source, told so, gives another value. */
  async refused(sent: SentHeaders | undefined, request: OutgoingRequest, context: AuthContext): Promise<boolean> {
    const values = this.#sources.map(async ([name, source]) => {
      const before = sent?.get(name);
      return (await this.#read(name, source, request, context, before)) !== before;
    });
    return (await Promise.all(values)).includes(true);
  }

  #send(
    request: OutgoingRequest,
    context: AuthContext,
    from: number,
    sent: Map<string, string>,
  ): SentHeaders | Promise<SentHeaders> {
    for (const [index, [name, source]] of this.#sources.entries()) {
      if (index < from) continue;
      const value = this.#read(name, source, request, context);
      const set = (text: string): void => {
        request.setHeader(name, text);
        sent.set(name, text);
      };
      if (typeof value !== 'string') {
        return value.then(text => {
          set(text);
          return this.#send(request, context, index + 1, sent);
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
