import type { RecordedRequest } from './endpoint/recorded-request.ts';
import { text, toolCalls } from './reply/builders.ts';
import { jsonField } from './reply/completion.ts';
import type { CompletionToolCall, Reply } from './reply/reply.ts';

/**
 * A stand-in for a model, for examples and tests that need no script: deterministic, and honest about what it does. It asks the first
 * offered tool that has a text parameter for the key words of the question, once; then it answers with the sentences of the tool's
 * results that match the question best. Without tools it takes them from the context in the prompt. The question is the first
 * paragraph of the last user message before any tool call.
 *
 * @example
 * const endpoint = await startEndpoint({ respond: standIn() });
 */
export function standIn(): (request: RecordedRequest) => Reply {
  return request => {
    const { question, context, results } = conversationOf(jsonField(request, 'messages'));
    const words = keyWords(question);
    if (results !== undefined) {
      return text(
        bestSentences(results, words) || `The tool's results say nothing about ${words.join(' ') || 'that'}.`,
      );
    }
    const tool = askableTool(jsonField(request, 'tools'), words.join(' ') || question);
    if (tool !== undefined && mayCall(request)) return toolCalls([tool]);
    return text(bestSentences(context, words) || 'There is nothing here to extract an answer from.');
  };
}

function mayCall(request: RecordedRequest): boolean {
  return jsonField(request, 'tool_choice') !== 'none';
}

interface Conversation {
  /** The first paragraph of the user's last message before any tool call. */
  readonly question: string;
  /** What else was said, the system's words aside. */
  readonly context: readonly string[];
  /** What the tools called for this question returned; undefined when none was called. */
  readonly results: readonly string[] | undefined;
}

/** Reads the messages of a chat-completions request, however odd they are. */
export function conversationOf(messages: unknown): Conversation {
  const all = Array.isArray(messages) ? messages.map(readMessage) : [];
  const firstResult = all.findIndex(({ role }) => role === 'tool');
  const asked = (firstResult === -1 ? all : all.slice(0, firstResult)).findLastIndex(({ role }) => role === 'user');
  const [question = '', ...rest] = (all[asked]?.content ?? '').trim().split(/\n\s*\n/u);
  const earlier = all.slice(0, Math.max(asked, 0)).filter(({ role }) => role === 'user' || role === 'assistant');
  const results = all.slice(asked + 1).filter(({ role }) => role === 'tool');
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

/** The text of a tool's result: every string in it when it is JSON, otherwise all of it. */
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

/** A call of the first offered tool that can be asked a question in words; undefined when there is none. */
export function askableTool(tools: unknown, question: string): CompletionToolCall | undefined {
  for (const tool of Array.isArray(tools) ? tools : []) {
    const name: unknown = tool?.function?.name;
    const schema = schemaOf(tool?.function?.parameters);
    const asked = Object.entries(schema.properties).find(([, property]) => isFreeText(property));
    if (typeof name !== 'string' || asked === undefined) continue;
    const others = schema.required.filter(property => property !== asked[0]);
    const filled = others.map(property => [property, placeholder(schema.properties[property])]);
    return { name, arguments: { [asked[0]]: question, ...Object.fromEntries(filled) } };
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

/** A value for a property that is required beside the question. */
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

/** The words of a text that carry its meaning, in order, once each, in lower case. */
export function keyWords(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) ?? [];
  return [...new Set(words.filter(word => !STOP_WORDS.has(word)))];
}

/** At most three sentences with the most key words in them, in the order in which they stand; empty when none has any. */
export function bestSentences(texts: readonly string[], words: readonly string[]): string {
  const stems = words.map(stem);
  const sentences = [...new Set(texts.flatMap(sentencesOf))].map((sentence, position) => {
    const said = new Set(keyWords(sentence).map(stem));
    return { sentence, position, matches: stems.filter(word => said.has(word)).length };
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

/** A word without the endings that most often tell two forms of it apart. */
function stem(word: string): string {
  return word.length > 4 ? word.replace(/(?:ies|es|s|ed|ing|e|y)$/u, '') : word;
}
