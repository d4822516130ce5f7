/** A piece of a user message. An image is an `https:` or `data:` URL. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly url: string };

/** A tool call of the model. `arguments` is the JSON text that the model wrote; it is parsed once, by the tool. */
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

/** What a model is asked: a text (one user message), or the conversation so far. */
export type Prompt = string | readonly Message[];
