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
    fails: ['a credential that stays refused is an AuthenticationError'],
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
      'a credential that is revoked between two attempts is replaced',
      'a refused credential is replaced, and the same request sent again',
      'calls that are refused together cause one renewal',
    ],
  },
  'obtains a credential for each call': {
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
      'a limited rate costs no credential',
      'calls that are refused together cause one renewal',
      'calls that wait for a credential share one',
      'a caller that leaves does not take the credential from the others',
    ],
  },
});

function sorry(): Response {
  return new Response('{"choices":[{"message":{"content":"Sorry."}}]}');
}
