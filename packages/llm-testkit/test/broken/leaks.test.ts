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
    fails: ['puts no secret into an error', 'puts no secret into an event'],
  },
  'leaks in an error of a stream': {
    llmClass: class extends HandWrittenLLM {
      override hideStream(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
        return chunks;
      }
    },
    fails: ['puts no secret into an error', 'puts no secret into an event'],
  },
  'leaks only in an error of call()': {
    llmClass: class extends HandWrittenLLM {
      override async call(...[messages, options]: Parameters<HandWrittenLLM['call']>) {
        try {
          return await super.call(messages, options);
        } catch (thrown) {
          // Only calls through generate() have a signal.
          if (options?.signal === undefined && thrown instanceof Error) thrown.message += ` (${await this.token({})})`;
          throw thrown;
        }
      }
    },
    fails: ['puts no secret into an error'],
  },
  'leaks only in an event of call()': {
    llmClass: class extends HandWrittenLLM {
      override async call(...[messages, options = {}]: Parameters<HandWrittenLLM['call']>) {
        const authenticator = `gateway ${await this.token({})}`;
        const event = { type: 'credential', action: 'obtained', authenticator, at: 0 } as const;
        if (options.signal === undefined) for (const callback of options.callbacks ?? []) callback(event);
        return super.call(messages, options);
      }
    },
    fails: ['puts no secret into an event'],
  },
  'prints its requests only in call()': {
    llmClass: class extends HandWrittenLLM {
      override async call(...[messages, options = {}]: Parameters<HandWrittenLLM['call']>) {
        if (options.signal === undefined) process.emitWarning(`sending ${await this.token({})}`, 'GatewayWarning');
        return super.call(messages, options);
      }
    },
    fails: ['prints no secret'],
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
    fails: ['puts no secret into an event'],
  },
  'prints its requests': {
    llmClass: class extends HandWrittenLLM {
      override init(...options: Parameters<HandWrittenLLM['init']>): RequestInit {
        const init = super.init(...options);
        process.emitWarning(`sending ${JSON.stringify(init.headers)}`, 'GatewayWarning');
        return init;
      }
    },
    fails: ['prints no secret'],
  },
  'keeps its credential in a property': {
    llmClass: class extends HandWrittenLLM {
      last = '';
      override async token(options: CallOptions): Promise<string> {
        this.last = await super.token(options);
        return this.last;
      }
    },
    fails: ['exposes no secret on the LLM object'],
  },
});
