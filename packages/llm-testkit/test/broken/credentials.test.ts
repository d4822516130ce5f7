import { type CallOptions, CredentialError, CrewError } from '@crew/core';
import { HandWrittenLLM, type HandWrittenOptions } from '../adapters/hand-written.ts';
import { brokenAdapters } from './broken-adapters.ts';

brokenAdapters({
  'swallows 401s': {
    llmClass: class extends HandWrittenLLM {
      override async send(...request: Parameters<HandWrittenLLM['send']>): Promise<Response> {
        try {
          return await super.send(...request);
        } catch (error) {
          if (CrewError.isInstance(error) && error.code === 'AUTHENTICATION') return sorry();
          throw error;
        }
      }
    },
    fails: ['throws an AuthenticationError when every credential is refused'],
  },
  'sends the old credential again': {
    llmClass: class extends HandWrittenLLM {
      readonly #used = new WeakMap<CallOptions, string>();
      override async token(options: CallOptions): Promise<string> {
        const token = this.#used.get(options) ?? (await super.token(options));
        this.#used.set(options, token);
        return token;
      }
    },
    fails: [
      'replaces a credential that is revoked between two attempts',
      'replaces a refused credential and sends the same request again',
      'renews the credential once when concurrent calls are refused',
    ],
  },
  'obtains a credential per call': {
    llmClass: class extends HandWrittenLLM {
      readonly #obtain: () => Promise<string>;
      readonly #tokens = new Map<CallOptions, string>();
      constructor(options: HandWrittenOptions) {
        super(options);
        this.#obtain = options.obtain;
      }
      override async token(options: CallOptions): Promise<string> {
        const token = this.#tokens.get(options) ?? (await this.#obtained());
        this.#tokens.set(options, token);
        return this.remember(token);
      }
      override drop(token: string): void {
        for (const [options, own] of this.#tokens) if (own === token) this.#tokens.delete(options);
      }
      async #obtained(): Promise<string> {
        try {
          return await this.#obtain();
        } catch (cause) {
          throw new CredentialError('The gateway gave no credential.', { cause });
        }
      }
    },
    fails: [
      'keeps its credential when the server returns 429',
      'renews the credential once when concurrent calls are refused',
      'obtains one credential for all calls that wait for it',
      'delivers the credential to the other calls when one of them is aborted',
    ],
  },
});

function sorry(): Response {
  return new Response('{"choices":[{"message":{"content":"Sorry."}}]}');
}
