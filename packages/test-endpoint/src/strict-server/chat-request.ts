import type { RecordedRequest } from '../endpoint/recorded-request.ts';
import { jsonField } from '../reply/completion.ts';

/** A chat-completions request as it was sent. Values of the wrong type are kept, so that rules can name them. */
export interface ChatRequest {
  readonly fields: Fields;
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ChatTool[];
}

/** The members of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** A message of a request. */
export interface ChatMessage {
  readonly fields: Fields;
  readonly role: string;
  /** The text of the message, with the texts of its parts joined. Undefined if it has no content. */
  readonly text: string | undefined;
  readonly calls: readonly ChatCall[];
}

/** A tool call in an assistant message. */
export interface ChatCall {
  readonly fields: Fields;
  readonly id: string;
  readonly name: string;
  readonly arguments: unknown;
}

/** A tool that a request offers. */
export interface ChatTool {
  readonly name: string;
  readonly parameters: unknown;
}

/** Reads the parts of a request that rules look at. */
export function readChatRequest(request: RecordedRequest): ChatRequest {
  return {
    fields: fieldsOf(request.json),
    messages: listOf(jsonField(request, 'messages')).map(readMessage),
    tools: listOf(jsonField(request, 'tools')).map(readTool),
  };
}

function readMessage(value: unknown): ChatMessage {
  const fields = fieldsOf(value);
  return {
    fields,
    role: String(fields['role']),
    text: textOf(fields['content']),
    calls: listOf(fields['tool_calls']).map(readCall),
  };
}

function readCall(value: unknown): ChatCall {
  const fields = fieldsOf(value);
  const called = fieldsOf(fields['function']);
  return { fields, id: String(fields['id']), name: String(called['name']), arguments: called['arguments'] };
}

function readTool(value: unknown): ChatTool {
  const called = fieldsOf(fieldsOf(value)['function']);
  return { name: String(called['name']), parameters: called['parameters'] };
}

function textOf(content: unknown): string | undefined {
  if (content === undefined || content === null) return undefined;
  if (typeof content === 'string') return content;
  return listOf(content)
    .map(part => fieldsOf(part))
    .map(part => (part['type'] === 'text' ? String(part['text']) : `[${String(part['type'])}]`))
    .join('');
}

/** Returns the members of an object, or none for any other value. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
