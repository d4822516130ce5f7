import type { Reply } from '../reply/reply.ts';
import { type ChatCall, type ChatMessage, type ChatRequest, type Fields, fieldsOf } from './chat-request.ts';

/** The rule of a strict server that a request breaks. */
export type StrictRule =
  | 'request-form'
  | 'role-order'
  | 'tool-name'
  | 'tool-call-id'
  | 'tool-results'
  | 'tool-schema'
  | 'tools-missing'
  | 'arguments'
  | 'blank-text'
  | 'text-encoding'
  | 'reasoning'
  | 'thought-signature'
  | 'unknown-field'
  | 'script-ended';

/** A broken rule, in the words of the server. */
export interface Problem {
  readonly rule: StrictRule;
  readonly message: string;
  /** Path of the value, for servers that name it. */
  readonly path?: readonly (string | number)[] | undefined;
  readonly code?: string | undefined;
  /** The value that the server quotes. */
  readonly input?: unknown;
}

/** A check of a request. Returns the problem, or undefined. */
export type Rule = (request: ChatRequest) => Problem | undefined;

/** One kind of strict server. */
export interface Vendor {
  readonly rules: readonly Rule[];
  /** Returns the error response in the vendor's form. */
  readonly refuse: (problem: Problem) => Reply;
  /** Returns the vendor's form of the ID of the call with this number, counted from 0 over all turns. */
  readonly callId: (number: number) => string;
  /** Returns true if the turn that answers the request has `reasoning_content`. Default: never. */
  readonly reasons?: ((request: ChatRequest) => boolean) | undefined;
}

/** Requires a list of at least one message, each with a known role. */
export const requestForm: Rule = ({ messages }) => {
  if (messages.length === 0) return { rule: 'request-form', message: 'messages: at least one message is required' };
  return eachMessage(messages, ({ role }, at) =>
    ['system', 'developer', 'user', 'assistant', 'tool'].includes(role)
      ? undefined
      : { rule: 'request-form', message: `Invalid value: '${role}'.`, path: ['messages', at, 'role'] },
  );
};

/** Requires `^[a-zA-Z0-9_-]{1,64}$` of every name of a tool: offered, and called in the history. */
export function toolNames(wording: (name: string, path: string) => string, code?: string): Rule {
  const check = (name: string, path: readonly (string | number)[]): Problem | undefined =>
    /^[a-zA-Z0-9_-]{1,64}$/u.test(name)
      ? undefined
      : { rule: 'tool-name', message: wording(name, pathText(path)), path, code };
  return ({ messages, tools }) =>
    first(tools, (tool, at) => check(tool.name, ['tools', at, 'function', 'name'])) ??
    eachCall(messages, (call, path) => check(call.name, [...path, 'function', 'name']));
}

/** Requires a form of every tool-call ID, and that no two calls of a message have the same. */
export function toolCallIds(
  isValid: (id: string) => boolean,
  wording: (id: string, path: string) => string,
  code?: string,
): Rule {
  return ({ messages }) =>
    eachCall(messages, (call, path) =>
      typeof call.fields['id'] === 'string' && isValid(call.id)
        ? undefined
        : { rule: 'tool-call-id', message: wording(call.id, pathText([...path, 'id'])), path: [...path, 'id'], code },
    );
}

/** Sentences of `toolResults`. */
export interface ToolResultWordings {
  readonly unanswered: (ids: readonly string[], at: number) => string;
  readonly unexpected: (id: string, at: number) => string;
}

/** Requires that the tool messages behind each assistant message answer each of its calls exactly once, and nothing else. */
export function toolResults(wordings: ToolResultWordings, code?: string): Rule {
  return ({ messages }) => {
    let open: readonly string[] = [];
    let caller = 0;
    for (const [at, { role, calls, fields }] of messages.entries()) {
      if (role === 'tool') {
        const id = String(fields['tool_call_id']);
        if (!open.includes(id)) return { rule: 'tool-results', message: wordings.unexpected(id, at), code };
        open = open.filter(other => other !== id);
        continue;
      }
      if (open.length > 0) break;
      open = calls.map(({ id }) => id);
      caller = at;
    }
    return open.length > 0 ? { rule: 'tool-results', message: wordings.unanswered(open, caller), code } : undefined;
  };
}

/** Requires `type: "object"` of the parameters of every tool. */
export function toolSchemas(wording: (name: string, type: string) => string, code?: string): Rule {
  return ({ tools }) =>
    first(tools, ({ name, parameters }, at) => {
      const type = fieldsOf(parameters)['type'];
      if (parameters === undefined || type === 'object') return undefined;
      const path = ['tools', at, 'function', 'parameters'];
      return { rule: 'tool-schema', message: wording(name, String(type ?? 'None')), path, code };
    });
}

/** Requires that the arguments of every call are the JSON text of an object. */
export function objectArguments(wording: (call: ChatCall) => string): Rule {
  return ({ messages }) =>
    eachCall(messages, call =>
      isObjectText(call.arguments) ? undefined : { rule: 'arguments', message: wording(call) },
    );
}

function isObjectText(value: unknown): boolean {
  try {
    const parsed: unknown = JSON.parse(String(value));
    return typeof value === 'string' && typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  } catch {
    return false;
  }
}

/** Returns true unless the request switches thinking off, with the field that DeepSeek and Kimi share. */
export function isThinking({ fields }: ChatRequest): boolean {
  return fieldsOf(fields['thinking'])['type'] !== 'disabled';
}

/** Applies a rule only while thinking is on. */
export function whileThinking(rule: Rule): Rule {
  return request => (isThinking(request) ? rule(request) : undefined);
}

/** Requires the same of each message, by its position. */
export function messageRule(rule: StrictRule, wording: (message: ChatMessage, at: number) => string | undefined): Rule {
  return ({ messages }) =>
    eachMessage(messages, (message, at) => {
      const text = wording(message, at);
      return text === undefined ? undefined : { rule, message: text, path: ['messages', at] };
    });
}

/** Requires that each message has a role that may follow the one before. */
export function roleOrder(
  mayFollow: Readonly<Record<string, readonly string[]>>,
  wording: (role: string, before: string) => string,
  code?: string,
): Rule {
  return ({ messages }) =>
    eachMessage(messages, ({ role }, at) => {
      const before = messages[at - 1]?.role ?? 'start';
      const allowed = mayFollow[before]?.includes(role) ?? true;
      return allowed ? undefined : { rule: 'role-order', message: wording(role, before), code };
    });
}

/** Requires well-formed Unicode in every text: servers that parse JSON strictly refuse half of a surrogate pair. */
export const wellFormedText: Rule = ({ messages }) =>
  eachMessage(messages, ({ text, calls }) =>
    [text, ...calls.map(call => call.arguments)].every(value => typeof value !== 'string' || value.isWellFormed())
      ? undefined
      : { rule: 'text-encoding', message: 'The request body is not valid JSON: no low surrogate in string.' },
  );

/** The fields that a server accepts: of a request, of a message of each role, and of a tool call. */
export interface KnownFields {
  readonly request: readonly string[];
  readonly messages: Readonly<Record<string, readonly string[]>>;
  readonly call: readonly string[];
  readonly streamOptions: readonly string[];
}

/** Refuses every field that is not known. `rolePath` adds the role to the path of a message, as one server does. */
export function onlyKnownFields(
  known: KnownFields,
  wording: (path: string) => string,
  { rolePath = false, code }: { readonly rolePath?: boolean; readonly code?: string } = {},
): Rule {
  const check = (fields: Fields, names: readonly string[], path: readonly (string | number)[]): Problem | undefined => {
    const name = Object.keys(fields).find(field => !names.includes(field));
    if (name === undefined) return undefined;
    const full = [...path, name];
    return { rule: 'unknown-field', message: wording(pathText(full)), path: full, code, input: fields[name] };
  };
  return ({ fields, messages }) =>
    check(fields, known.request, []) ??
    check(fieldsOf(fields['stream_options']), known.streamOptions, ['stream_options']) ??
    eachMessage(messages, (message, at) => {
      const path = ['messages', at, ...(rolePath ? [message.role] : [])];
      return (
        check(message.fields, known.messages[message.role] ?? [], path) ??
        first(message.calls, (call, index) => check(call.fields, known.call, [...path, 'tool_calls', index]))
      );
    });
}

function eachMessage(
  messages: readonly ChatMessage[],
  check: (message: ChatMessage, at: number) => Problem | undefined,
): Problem | undefined {
  return first(messages, check);
}

function eachCall(
  messages: readonly ChatMessage[],
  check: (call: ChatCall, path: readonly (string | number)[]) => Problem | undefined,
): Problem | undefined {
  return first(messages, ({ calls }, at) =>
    first(calls, (call, index) => check(call, ['messages', at, 'tool_calls', index])),
  );
}

/** Returns the first problem of a list. */
function first<T>(items: readonly T[], check: (item: T, at: number) => Problem | undefined): Problem | undefined {
  for (const [at, item] of items.entries()) {
    const problem = check(item, at);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Returns a path as in `messages[1].tool_calls[0].id`. */
function pathText(path: readonly (string | number)[]): string {
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at === 0 ? '' : '.'}${step}`)).join('');
}

/** Returns a number in base 36 behind zeros. */
export function padded(number: number, length: number): string {
  return number.toString(36).padStart(length, '0');
}
