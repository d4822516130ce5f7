import type { CallOptions } from '@crew/core';
import { HandWrittenLLM } from '../adapters/hand-written.ts';
import { brokenAdapters } from './broken-adapters.ts';

brokenAdapters({
  'leaks in an error': {
    llmClass: class extends HandWrittenLLM {
      override hide(text: string): string {
        return text;
      }
    },
    fails: ['no secret is in an error', 'no secret is in an event'],
  },
  'leaks in an error of a stream': {
    llmClass: class extends HandWrittenLLM {
      override hideStream(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
        return chunks;
      }
    },
    fails: ['no secret is in an error'],
  },
  'leaks in an event': {
    llmClass: class extends HandWrittenLLM {
      override async token(options: CallOptions): Promise<string> {
        const token = await super.token(options);
        const event = { type: 'credential', action: 'obtained', authenticator: `gateway ${token}`, at: 0 } as const;
        for (const callback of options.callbacks ?? []) callback(event);
        return token;
      }
    },
    fails: ['no secret is in an event'],
  },
  'prints what it sends': {
    llmClass: class extends HandWrittenLLM {
      override init(...options: Parameters<HandWrittenLLM['init']>): RequestInit {
        const init = super.init(...options);
        process.emitWarning(`sending ${JSON.stringify(init.headers)}`, 'GatewayWarning');
        return init;
      }
    },
    fails: ['no secret is printed'],
  },
  'keeps its credential in a property': {
    llmClass: class extends HandWrittenLLM {
      last = '';
      override async token(options: CallOptions): Promise<string> {
        this.last = await super.token(options);
        return this.last;
      }
    },
    fails: ['no secret is to be seen in the LLM itself'],
  },
});
