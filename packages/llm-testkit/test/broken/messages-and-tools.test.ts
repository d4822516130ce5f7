import type { AssistantTurn, CallOptions, Message, Prompt, ToolCall } from '@crew/core';
import { HandWrittenLLM } from '../adapters/hand-written.ts';
import { brokenAdapters } from './broken-adapters.ts';

brokenAdapters({
  'drops system messages': {
    llmClass: class extends HandWrittenLLM {
      override encode(messages: Prompt, ...rest: [CallOptions, boolean?]): string {
        const kept = typeof messages === 'string' ? messages : messages.filter(({ role }) => role !== 'system');
        return super.encode(kept, ...rest);
      }
    },
    fails: ['sends every message of a list in order'],
  },
  'adds the reply to the caller’s messages': {
    llmClass: class extends HandWrittenLLM {
      override async call(messages: Prompt, options?: CallOptions): Promise<string | AssistantTurn> {
        const reply = await super.call(messages, options);
        const content = typeof reply === 'string' ? reply : reply.text;
        if (Array.isArray(messages) && !Object.isFrozen(messages)) messages.push({ role: 'assistant', content });
        return reply;
      }
    },
    fails: ['never changes the messages and options of the caller'],
  },
  'caches messages by identity': {
    llmClass: class extends HandWrittenLLM {
      readonly #known = new WeakMap<Message, Message>();
      override encode(messages: Prompt, ...rest: [CallOptions, boolean?]): string {
        if (typeof messages === 'string') return super.encode(messages, ...rest);
        return super.encode(
          messages.map(message => this.#remembered(message)),
          ...rest,
        );
      }
      #remembered(message: Message): Message {
        const known = this.#known.get(message) ?? { ...message };
        this.#known.set(message, known);
        return known;
      }
    },
    fails: ['sends the current content of a message that changed between two calls'],
  },
  'claims to support response formats, and sends none [C1]': {
    llmClass: class extends HandWrittenLLM {
      override encode(
        messages: Prompt,
        { responseFormat: _dropped, ...options }: CallOptions,
        stream?: boolean,
      ): string {
        return super.encode(messages, options, stream);
      }
    },
    fails: ['sends the schema of an object to the model'],
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
    fails: ['runs the functions of the tools and answers every tool call once'],
  },
  'returns only the text of a turn with tool calls': {
    llmClass: class extends HandWrittenLLM {
      override decode(text: string): AssistantTurn {
        return { text: super.decode(text).text };
      }
    },
    fails: [
      'returns the tool calls when tools are passed without functions',
      'runs the functions of the tools and answers every tool call once',
      'reports the error of a tool that throws to the model',
      'counts the tokens of every turn once',
    ],
  },
  'reports function calling inconsistently': {
    llmClass: class extends HandWrittenLLM {
      override supportsFunctionCalling(): boolean {
        return false;
      }
    },
    fails: [
      'reports correctly whether it calls functions',
      'runs the functions of the tools and answers every tool call once',
      'reports the error of a tool that throws to the model',
    ],
  },
});

async function answer(call: ToolCall, functions: NonNullable<CallOptions['availableFunctions']>): Promise<string> {
  try {
    const context = { signal: new AbortController().signal, runId: '', toolCallId: call.id, authContext: undefined };
    return String(await functions[call.name]?.(JSON.parse(call.arguments), context));
  } catch (error) {
    return String(error);
  }
}
