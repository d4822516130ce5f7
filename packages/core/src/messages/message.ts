import type { JsonValue } from '../json.ts';

/**
 * One part of a user message. An image is an `https:` or `data:` URL; `detail` selects the resolution at which the model sees
 * it. The `data` of audio and files is base64, and their `mediaType` a MIME type, such as `audio/wav` or `application/pdf`.
 * An LLM whose protocol cannot represent a part fails with a `ConfigurationError` that names it, before anything is sent.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import type { BaseLLM, ContentPart } from '@crew/core';
 *
 * export async function summarise(llm: BaseLLM, path: string): Promise<string> {
 *   const data = await readFile(path, 'base64');
 *   const content: readonly ContentPart[] = [
 *     { type: 'text', text: 'Summarise the report.' },
 *     { type: 'file', data, mediaType: 'application/pdf', name: 'report.pdf' },
 *   ];
 *   const { text } = await llm.generate([{ role: 'user', content }]);
 *   return text;
 * }
 * ```
 */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly url: string; readonly detail?: 'auto' | 'low' | 'high' | undefined }
  | { readonly type: 'audio'; readonly data: string; readonly mediaType: string }
  | {
      readonly type: 'file';
      readonly data: string;
      readonly mediaType: string;
      readonly name?: string | undefined;
    };

/** A tool call of the model. `arguments` is the JSON string written by the model; the tool parses it. */
export type ToolCall = { readonly id: string; readonly name: string; readonly arguments: string };

/**
 * The parts of a model's turn that only its provider can read, such as signed or encrypted reasoning. Many providers reject
 * the next request of a tool loop without them. Kept with the turn and sent again unchanged by the protocol that wrote it;
 * every other protocol ignores it. Plain JSON, so that a conversation can be stored.
 */
export interface ProviderData {
  /** The name of the wire protocol that wrote the value and can send it again, such as `chat-completions`. */
  readonly protocol: string;
  /** The model that wrote the turn, by the name that requests use. Data of another model is not sent. Default: any model. */
  readonly model?: string | undefined;
  /** The data, in a form of the protocol's own. */
  readonly value: JsonValue;
}

/** One message of a conversation. */
export type Message =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly ContentPart[] }
  | {
      readonly role: 'assistant';
      readonly content: string;
      readonly toolCalls?: readonly ToolCall[] | undefined;
      /**
       * The parts of the turn that only its provider can read. Remove it when you change the content or the calls. Default:
       * none.
       */
      readonly providerData?: ProviderData | undefined;
    }
  | {
      readonly role: 'tool';
      readonly toolCallId: string;
      readonly name?: string | undefined;
      readonly content: string;
    };

/** The input of a model turn: a string (one user message), or the conversation so far. */
export type Prompt = string | readonly Message[];
