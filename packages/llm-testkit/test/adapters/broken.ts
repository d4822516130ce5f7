import { setTimeout as wait } from 'node:timers/promises';
import {
  type AssistantTurn,
  type CallOptions,
  CrewError,
  type Message,
  type Prompt,
  type StreamPart,
  type ToolCall,
  type TurnRequest,
} from '@crew/core';
import { HandWrittenLLM, type HandWrittenOptions } from './hand-written.ts';

interface BrokenAdapter {
  readonly llmClass: new (options: HandWrittenOptions) => HandWrittenLLM;
  /** The checks that it fails, and no other. */
  readonly fails: readonly string[];
}

/** The hand-written LLM with one fault each. */
export const brokenAdapters: Readonly<Record<string, BrokenAdapter>> = {
  'drops system messages': {
    llmClass: class extends HandWrittenLLM {
      override encode(messages: Prompt, ...rest: [CallOptions, boolean?]): string {
        const kept = typeof messages === 'string' ? messages : messages.filter(({ role }) => role !== 'system');
        return super.encode(kept, ...rest);
      }
    },
    fails: ['a list of messages arrives whole and in order'],
  },
  'writes the answer into the caller’s messages': {
    llmClass: class extends HandWrittenLLM {
      override async call(messages: Prompt, options?: CallOptions): Promise<string | AssistantTurn> {
        const reply = await super.call(messages, options);
        const content = typeof reply === 'string' ? reply : reply.text;
        if (Array.isArray(messages) && !Object.isFrozen(messages)) messages.push({ role: 'assistant', content });
        return reply;
      }
    },
    fails: ['what the caller passed is never changed'],
  },
  'remembers messages by their identity': {
    llmClass: class extends HandWrittenLLM {
      readonly #known = new WeakMap<object, string>();
      override encode(messages: Prompt, ...rest: [CallOptions, boolean?]): string {
        const [first] = messages;
        if (typeof first !== 'object') return super.encode(messages, ...rest);
        const known = this.#known.get(first) ?? super.encode(messages, ...rest);
        this.#known.set(first, known);
        return known;
      }
    },
    fails: ['a message changed between two calls is sent as it is then'],
  },
  'answers only the first tool call': {
    llmClass: class extends HandWrittenLLM {
      override async runTools(messages: Prompt, options: CallOptions): Promise<string> {
        const { availableFunctions = {}, ...rest } = options;
        const history: Message[] = typeof messages === 'string' ? [{ role: 'user', content: messages }] : [...messages];
        const turn = await this.generate(history, rest);
        const [call] = turn.toolCalls;
        if (call === undefined) return turn.text;
        const content = await answer(call, availableFunctions);
        history.push({ role: 'assistant', content: turn.text, toolCalls: turn.toolCalls });
        history.push({ role: 'tool', toolCallId: call.id, content });
        return (await this.generate(history, rest)).text;
      }
    },
    fails: ['tools with functions are run, and every call is answered once'],
  },
  'returns the text alone of a turn with tool calls': {
    llmClass: class extends HandWrittenLLM {
      override decode(text: string): AssistantTurn {
        return { text: super.decode(text).text };
      }
    },
    fails: ['tools without functions resolve to the tool calls', 'every turn’s tokens are counted once'],
  },
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
    fails: ['text is given as it arrives'],
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
    fails: ['a call knows nothing of the calls before it'],
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
    ],
  },
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
      override mayRetry(status: number | undefined, _attempt: number, thrown: unknown): boolean {
        return super.mayRetry(status, 1, thrown);
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
        } catch {
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
    llmClass: obtainsForEachCall(),
    fails: [
      'calls that are refused together cause one renewal',
      'calls that wait for a credential share one',
      'a caller that leaves does not take the credential from the others',
    ],
  },
  'leaks in an error': {
    llmClass: class extends HandWrittenLLM {
      override hide(text: string): string {
        return text;
      }
    },
    fails: ['no secret is in an error', 'no secret is in an event'],
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
  'says two things of its functions': {
    llmClass: class extends HandWrittenLLM {
      override supportsFunctionCalling(): boolean {
        return false;
      }
    },
    fails: ['it says truly whether it calls functions'],
  },
};

async function answer(call: ToolCall, functions: NonNullable<CallOptions['availableFunctions']>): Promise<string> {
  try {
    const context = { signal: new AbortController().signal, runId: '', toolCallId: call.id, authContext: undefined };
    return String(await functions[call.name]?.(JSON.parse(call.arguments), context));
  } catch (error) {
    return String(error);
  }
}

function sorry(): Response {
  return new Response('{"choices":[{"message":{"content":"Sorry."}}]}');
}

function obtainsForEachCall(): BrokenAdapter['llmClass'] {
  return class extends HandWrittenLLM {
    readonly #obtain: () => Promise<string>;
    readonly #tokens = new WeakMap<CallOptions, string>();
    constructor(options: HandWrittenOptions) {
      super(options);
      this.#obtain = options.obtain;
    }
    override async token(options: CallOptions): Promise<string> {
      return this.#tokens.get(options) ?? this.renew(options);
    }
    async renew(options: CallOptions): Promise<string> {
      const token = await this.#obtain();
      this.#tokens.set(options, token);
      return token;
    }
  };
}
