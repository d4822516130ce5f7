/** One part of a user message. An image is an `https:` or `data:` URL. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly url: string };

/** A tool call of the model. `arguments` is the JSON string written by the model; the tool parses it. */
export type ToolCall = { readonly id: string; readonly name: string; readonly arguments: string };

/** One message of a conversation. */
export type Message =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly ContentPart[] }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls?: readonly ToolCall[] | undefined }
  | {
      readonly role: 'tool';
      readonly toolCallId: string;
      readonly name?: string | undefined;
      readonly content: string;
    };

/** The input of a model turn: a string (one user message), or the conversation so far. */
export type Prompt = string | readonly Message[];
