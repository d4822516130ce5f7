import type { RecordedRequest } from './endpoint/recorded-request.ts';
import { text, toolCalls } from './reply/builders.ts';
import { jsonField } from './reply/completion.ts';
import type { CompletionToolCall, Reply } from './reply/reply.ts';

/**
 * Returns a `respond` callback that simulates a model deterministically, for examples and tests that do not script replies. It calls
 * the first offered tool that has a text parameter once, with the keywords of the question, and then replies with the sentences of the
 * tool's results that match the question best. Without tools it takes the sentences from the context in the prompt. The question is
 * the first paragraph of the last user message before any tool call.
 *
 * @example
 * ```ts
 * import { simulatedModel, startEndpoint } from '@crew/test-endpoint';
 *
 * const endpoint = await startEndpoint({ respond: simulatedModel() });
 * const content = 'When is low tide?\n\nHigh tide is at noon. Low tide is at six.';
 * const body = JSON.stringify({ messages: [{ role: 'user', content }] });
 * const response = await fetch(endpoint.url, { method: 'POST', body });
 * console.log(await response.text());
 * await endpoint.close();
 * ```
 */
export function simulatedModel(): (request: RecordedRequest) => Reply {
  return request => {
    const { question, context, results } = conversationOf(jsonField(request, 'messages'));
    const words = keywords(question);
    if (results !== undefined) {
      return text(
        bestSentences(results, words) || `The tool's results say nothing about ${words.join(' ') || 'that'}.`,
      );
    }
    const tool = searchToolCall(jsonField(request, 'tools'), words.join(' ') || question);
    if (tool !== undefined && mayCall(request)) return toolCalls([tool]);
    return text(bestSentences(context, words) || 'There is nothing here to extract an answer from.');
  };
}

function mayCall(request: RecordedRequest): boolean {
  return jsonField(request, 'tool_choice') !== 'none';
}

interface Conversation {
  /** First paragraph of the user's last message before any tool call. */
  readonly question: string;
  /** The other texts of the conversation, except system messages. */
  readonly context: readonly string[];
  /** Results of the tools called for this question. Undefined if none was called. */
  readonly results: readonly string[] | undefined;
}

/** Parses the messages of a chat-completions request. Malformed messages are tolerated. */
function conversationOf(messages: unknown): Conversation {
  const all = Array.isArray(messages) ? messages.map(readMessage) : [];
  const firstResult = all.findIndex(({ role }) => role === 'tool');
  const questionIndex = (firstResult === -1 ? all : all.slice(0, firstResult)).findLastIndex(
    ({ role }) => role === 'user',
  );
  const [question = '', ...rest] = (all[questionIndex]?.content ?? '').trim().split(/\n\s*\n/u);
  const earlier = all
    .slice(0, Math.max(questionIndex, 0))
    .filter(({ role }) => role === 'user' || role === 'assistant');
  const results = all.slice(questionIndex + 1).filter(({ role }) => role === 'tool');
  return {
    question,
    context: [...rest, ...earlier.map(({ content }) => content)],
    results: results.length === 0 ? undefined : results.flatMap(({ content }) => strings(content)),
  };
}

function readMessage(message: unknown): { readonly role: unknown; readonly content: string } {
  if (typeof message !== 'object' || message === null) return { role: undefined, content: '' };
  const content: unknown = Reflect.get(message, 'content');
  const parts = Array.isArray(content) ? content.map(part => String(part?.text ?? '')) : [String(content ?? '')];
  return { role: Reflect.get(message, 'role'), content: parts.join('\n') };
}

/** Returns every string in a tool result that is JSON, otherwise the whole result. */
function strings(result: string): string[] {
  try {
    return stringsIn(JSON.parse(result));
  } catch {
    return [result];
  }
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** Returns a call of the first offered tool with a free-text parameter, or undefined if there is none. */
function searchToolCall(tools: unknown, question: string): CompletionToolCall | undefined {
  for (const tool of Array.isArray(tools) ? tools : []) {
    const name: unknown = tool?.function?.name;
    const schema = schemaOf(tool?.function?.parameters);
    const textParameter = Object.entries(schema.properties).find(([, property]) => isFreeText(property));
    if (typeof name !== 'string' || textParameter === undefined) continue;
    const others = schema.required.filter(property => property !== textParameter[0]);
    const filled = others.map(property => [property, placeholder(schema.properties[property])]);
    return { name, arguments: { [textParameter[0]]: question, ...Object.fromEntries(filled) } };
  }
  return undefined;
}

interface PropertySchema {
  readonly type?: unknown;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: unknown;
}

function schemaOf(parameters: unknown): { properties: Record<string, PropertySchema>; required: string[] } {
  const { properties, required } = Object(parameters);
  const entries = Object.entries(Object(properties)).map(([name, schema]) => [name, Object(schema)]);
  return {
    properties: Object.fromEntries(entries),
    required: Array.isArray(required) ? required.filter(name => typeof name === 'string') : [],
  };
}

function isFreeText(schema: PropertySchema): boolean {
  return schema.type === 'string' && schema.enum === undefined && schema.const === undefined;
}

/** Returns a valid value for a required property other than the question. */
function placeholder(schema: PropertySchema = {}): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (schema.type === 'number' || schema.type === 'integer')
    return typeof schema.minimum === 'number' ? schema.minimum : 1;
  if (schema.type === 'boolean') return false;
  if (schema.type === 'array') return [];
  return schema.type === 'object' ? {} : '';
}

const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'a about according all am an and any are as at be been before but by can could current describe did do does each ever every explain ' +
    'find following for from get give had has have how i if in into is it its list look make many me more most much must my name of ' +
    'on or our please question research say search see should show so some summarise summarize task tell that the their them then ' +
    'there these they this those to us use was we were what when where which while who why will with would you your'
  ).split(' '),
);

/** Returns the distinct words of a text, without stop words, in order and in lower case. */
function keywords(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) ?? [];
  return [...new Set(words.filter(word => !STOP_WORDS.has(word)))];
}

/** Returns up to three sentences with the most keywords, in their original order, or an empty string if none has any. */
function bestSentences(texts: readonly string[], words: readonly string[]): string {
  const stems = words.map(stem);
  const sentences = [...new Set(texts.flatMap(sentencesOf))].map((sentence, position) => {
    const present = new Set(keywords(sentence).map(stem));
    return { sentence, position, matches: stems.filter(word => present.has(word)).length };
  });
  const most = Math.max(0, ...sentences.map(({ matches }) => matches));
  return sentences
    .filter(({ matches }) => matches > 0 && matches * 2 >= most)
    .sort((one, other) => other.matches - one.matches || one.position - other.position)
    .slice(0, 3)
    .sort((one, other) => one.position - other.position)
    .map(({ sentence }) => sentence)
    .join(' ');
}

function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+|\n+/u)
    .map(sentence => sentence.replace(/^[#>*\s-]+/u, '').trim())
    .filter(sentence => sentence.length > 0);
}

/** Removes the most common inflectional endings of a word. */
function stem(word: string): string {
  return word.length > 4 ? word.replace(/(?:ies|es|s|ed|ing|e|y)$/u, '') : word;
}
