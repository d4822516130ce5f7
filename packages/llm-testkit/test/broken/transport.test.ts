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
    fails: ['redirects are not followed'],
  },
  'never stops retrying': {
    llmClass: class extends HandWrittenLLM {
      override mayRetry(status: number | undefined, attempt: number, thrown: unknown): boolean {
        return super.mayRetry(status, status === 503 ? 1 : attempt, thrown);
      }
    },
    fails: ['retries come to an end'],
  },
  'retries what no retry can help': {
    llmClass: class extends HandWrittenLLM {
      override mayRetry(status: number | undefined, attempt: number, thrown: unknown): boolean {
        return super.mayRetry(status === 400 ? 503 : status, attempt, thrown);
      }
    },
    fails: ['an error that no retry can help is not retried'],
  },
  'takes half an answer for a whole one': {
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
    fails: ['half an answer is an error'],
  },
  'reads answers of any size': {
    llmClass: class extends HandWrittenLLM {
      override get mostBytes(): number {
        return Number.POSITIVE_INFINITY;
      }
    },
    fails: ['an answer that is far too long is cut off', 'an answer that unpacks to far more than was sent is cut off'],
  },
});
