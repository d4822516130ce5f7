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
    fails: ['the stop words of the LLM and of the call reach the server', 'calls made together do not mix'],
  },
  'ignores abort': {
    llmClass: class extends HandWrittenLLM {
      override init(...[body, token, options]: Parameters<HandWrittenLLM['init']>): RequestInit {
        return super.init(body, token, { ...options, signal: undefined });
      }
    },
    fails: ['abort ends the call and its request', 'a deadline ends the call and its request'],
  },
  'takes its deadline for a lost connection': {
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
    fails: ['a deadline ends the call and its request'],
  },
  'counts each token twice': {
    llmClass: class extends HandWrittenLLM {
      override decode(text: string): AssistantTurn {
        const turn = super.decode(text);
        const { inputTokens = 0, outputTokens = 0 } = turn.usage ?? {};
        return { ...turn, usage: { inputTokens: 2 * inputTokens, outputTokens: 2 * outputTokens } };
      }
    },
    fails: ['every turn’s tokens are counted once'],
  },
  'streams when all is there': {
    llmClass: class extends HandWrittenLLM {
      override async *respondStream(request: TurnRequest): AsyncIterable<StreamPart> {
        const parts: StreamPart[] = [];
        for await (const part of super.respondStream(request)) parts.push(part);
        yield* parts;
      }
    },
    fails: [
      'text is given as it arrives',
      'a stream that is left early ends its request',
      'half a stream is an error, and is not sent for again',
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
    fails: ['calls made together do not mix'],
  },
  'keeps a conversation of its own': {
    llmClass: class extends HandWrittenLLM {
      readonly #history: Message[] = [];
      override encode(messages: Prompt, ...rest: [CallOptions, boolean?]): string {
        this.#history.push(
          ...(typeof messages === 'string' ? [{ role: 'user', content: messages } as const] : messages),
        );
        return super.encode(this.#history, ...rest);
      }
    },
    fails: ['calls made together do not mix', 'a call knows nothing of the calls before it'],
  },
  'throws plain errors': {
    llmClass: class extends HandWrittenLLM {
      override async failure(outcome: unknown): Promise<Error> {
        return new Error(outcome instanceof Response ? `status ${outcome.status}` : 'no response');
      }
    },
    fails: [
      'a limited rate is a RateLimitError that says how long to wait',
      'a conversation that is too long is a ContextWindowExceededError',
      'an error of the server is a ResponseError with its status',
      'a connection that is lost is a ConnectionError',
      'errors of direct calls are CrewErrors too',
      'retries come to an end',
      'a credential that stays refused is an AuthenticationError',
    ],
  },
});
