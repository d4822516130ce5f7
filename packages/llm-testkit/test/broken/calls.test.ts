import { setTimeout as wait } from 'node:timers/promises';
import {
  type AssistantTurn,
  type CallOptions,
  CrewError,
  type Message,
  type Prompt,
  type StreamPart,
  type TurnRequest,
} from '@crew/core';
import { HandWrittenLLM } from '../adapters/hand-written.ts';
import { brokenAdapters } from './broken-adapters.ts';

brokenAdapters({
  'drops stop words': {
    llmClass: class extends HandWrittenLLM {
      override encode(messages: Prompt, options: CallOptions, stream?: boolean): string {
        return super.encode(messages, { ...options, stop: [] }, stream);
      }
    },
    fails: ['sends the stop words of the LLM and of the call to the server', 'keeps concurrent calls apart'],
  },
  'ignores abort': {
    llmClass: class extends HandWrittenLLM {
      override init(...[body, token, options]: Parameters<HandWrittenLLM['init']>): RequestInit {
        return super.init(body, token, { ...options, signal: undefined });
      }
    },
    fails: [
      'ends the call and its request when the signal aborts',
      'ends the call and its request when the deadline passes',
    ],
  },
  'reports its deadline as a lost connection': {
    llmClass: class extends HandWrittenLLM {
      override async attempt(...[body, token, options]: Parameters<HandWrittenLLM['attempt']>): Promise<Response> {
        try {
          return await super.attempt(body, token, options);
        } catch (error) {
          if (CrewError.isInstance(error) && error.code === 'TIMEOUT') {
            return super.attempt(body, token, { ...options, signal: undefined });
          }
          throw error;
        }
      }
    },
    fails: ['ends the call and its request when the deadline passes'],
  },
  'counts each token twice': {
    llmClass: class extends HandWrittenLLM {
      override decode(text: string): AssistantTurn {
        const turn = super.decode(text);
        const { inputTokens = 0, outputTokens = 0 } = turn.usage ?? {};
        return { ...turn, usage: { inputTokens: 2 * inputTokens, outputTokens: 2 * outputTokens } };
      }
    },
    fails: ['counts the tokens of every turn once'],
  },
  'streams only after the response is complete': {
    llmClass: class extends HandWrittenLLM {
      override async *respondStream(request: TurnRequest): AsyncIterable<StreamPart> {
        const parts: StreamPart[] = [];
        for await (const part of super.respondStream(request)) parts.push(part);
        yield* parts;
      }
    },
    fails: [
      'emits text as it arrives',
      'ends the request when the caller leaves the stream early',
      'fails without a retry when a stream breaks off',
    ],
  },
  'shares state between calls': {
    llmClass: class extends HandWrittenLLM {
      #messages: Prompt = '';
      override async call(messages: Prompt, options?: CallOptions): Promise<string | AssistantTurn> {
        this.#messages = messages;
        await wait(1);
        return super.call(this.#messages, options);
      }
    },
    fails: ['keeps concurrent calls apart'],
  },
  'stores the conversation': {
    llmClass: class extends HandWrittenLLM {
      readonly #history: Message[] = [];
      override encode(messages: Prompt, ...rest: [CallOptions, boolean?]): string {
        this.#history.push(
          ...(typeof messages === 'string' ? [{ role: 'user', content: messages } as const] : messages),
        );
        return super.encode(this.#history, ...rest);
      }
    },
    fails: ['keeps concurrent calls apart', 'sends nothing of earlier calls with a new call'],
  },
  'throws plain errors': {
    llmClass: class extends HandWrittenLLM {
      override async failure(outcome: unknown): Promise<Error> {
        return new Error(outcome instanceof Response ? `status ${outcome.status}` : 'no response');
      }
    },
    fails: [
      'throws a RateLimitError with the time to wait when the server returns 429',
      'throws a ContextWindowExceededError when the conversation is too long',
      'throws a ResponseError with the status when the server returns an error',
      'throws a ConnectionError when the connection is lost',
      'throws a CrewError when a direct call of call() fails',
      'stops retrying when the server stays unavailable',
      'throws an AuthenticationError when every credential is refused',
    ],
  },
});
