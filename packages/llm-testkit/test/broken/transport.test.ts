import { ConnectionError } from '@crew/core';
import { HandWrittenLLM } from '../adapters/hand-written.ts';
import { brokenAdapters } from './broken-adapters.ts';

brokenAdapters({
  'follows redirects': {
    llmClass: class extends HandWrittenLLM {
      override init(...options: Parameters<HandWrittenLLM['init']>): RequestInit {
        return { ...super.init(...options), redirect: 'follow' };
      }
    },
    fails: ['does not follow redirects'],
  },
  'never stops retrying': {
    llmClass: class extends HandWrittenLLM {
      override mayRetry(status: number | undefined, attempt: number, thrown: unknown): boolean {
        return super.mayRetry(status, status === 503 ? 1 : attempt, thrown);
      }
    },
    fails: ['stops retrying when the server stays unavailable'],
  },
  'retries errors that a retry cannot fix': {
    llmClass: class extends HandWrittenLLM {
      override mayRetry(status: number | undefined, attempt: number, thrown: unknown): boolean {
        return super.mayRetry(status === 400 ? 503 : status, attempt, thrown);
      }
    },
    fails: ['does not retry an error that a retry cannot fix'],
  },
  'accepts an incomplete response': {
    llmClass: class extends HandWrittenLLM {
      override async read(response: Response): Promise<string> {
        const decoder = new TextDecoder();
        let text = '';
        try {
          for await (const chunk of this.chunks(response)) text += decoder.decode(chunk, { stream: true });
        } catch (error) {
          if (!ConnectionError.isInstance(error)) throw error;
          return JSON.stringify({ choices: [{ message: { content: text } }] });
        }
        return text;
      }
    },
    fails: ['fails when the response breaks off'],
  },
  'reads responses of any size': {
    llmClass: class extends HandWrittenLLM {
      override get mostBytes(): number {
        return Number.POSITIVE_INFINITY;
      }
    },
    fails: [
      'cuts off a response that is far too large',
      'cuts off a compressed response that expands to a far too large one',
    ],
  },
});
