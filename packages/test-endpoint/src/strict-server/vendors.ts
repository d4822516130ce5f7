import { json } from '../reply/builders.ts';
import { bedrockLike } from './bedrock-like.ts';
import { mistral } from './mistral.ts';
import {
  isThinking,
  messageRule,
  objectArguments,
  onlyKnownFields,
  padded,
  requestForm,
  toolCallIds,
  toolNames,
  toolResults,
  toolSchemas,
  type Vendor,
  wellFormedText,
  whileThinking,
} from './rules.ts';
import type { ThoughtSignatures } from './thought-signatures.ts';

/**
 * The kind of a strict server. `openai`, `deepseek` (V4), `kimi` (K2 with thinking), `gemini` (3, through its OpenAI-compatible
 * URL) and `mistral` refuse as the vendors document it. `bedrock-like`: a gateway before Bedrock's Converse API. `alternating`: a
 * server with a chat template that demands alternating roles, as vLLM runs them.
 */
export type StrictServerKind = 'openai' | 'deepseek' | 'kimi' | 'gemini' | 'mistral' | 'bedrock-like' | 'alternating';

/** Returns the rules and forms of one kind of server. */
export function vendor(kind: StrictServerKind, signatures: ThoughtSignatures): Vendor {
  if (kind === 'gemini') return gemini(signatures);
  return VENDORS[kind];
}

const isId = (id: string): boolean => id !== '';
const SCHEMA = toolSchemas(
  (name, type) =>
    `Invalid schema for function '${name}': schema must be a JSON Schema of 'type: "object"', got 'type: "${type}"'.`,
  'invalid_function_parameters',
);
const NAMES = toolNames(
  (_, path) =>
    `Invalid '${path}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]{1,64}$'.`,
  'invalid_value',
);
const IDS = toolCallIds(isId, (_, path) => `Invalid '${path}': empty string. Expected a string with minimum length 1.`);
const RESULTS = toolResults({
  unanswered: ids =>
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
    `The following tool_call_ids did not have response messages: ${ids.join(', ')}`,
  unexpected: () => "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
});
const COMMON = [requestForm, wellFormedText, NAMES, RESULTS, SCHEMA] as const;

const openai: Vendor = {
  rules: [
    ...COMMON,
    toolCallIds(
      id => isId(id) && id.length <= 40,
      (id, path) =>
        `Invalid '${path}': string too long. Expected a string with maximum length 40, but instead got a string with ` +
        `length ${id.length} instead.`,
      'string_above_max_length',
    ),
    ({ fields, tools }) =>
      fields['tools'] !== undefined && tools.length === 0
        ? { rule: 'request-form', message: "Invalid 'tools': empty array. Expected an array with minimum length 1." }
        : undefined,
    ({ fields, tools }) =>
      fields['tool_choice'] !== undefined && tools.length === 0
        ? { rule: 'request-form', message: "'tool_choice' is only allowed when 'tools' are specified." }
        : undefined,
    onlyKnownFields(
      {
        request: (
          'audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages ' +
          'metadata modalities model n parallel_tool_calls prediction presence_penalty prompt_cache_key ' +
          'prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream ' +
          'stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options'
        ).split(' '),
        messages: {
          system: ['role', 'content', 'name'],
          developer: ['role', 'content', 'name'],
          user: ['role', 'content', 'name'],
          assistant: ['role', 'content', 'name', 'refusal', 'audio', 'function_call', 'tool_calls'],
          tool: ['role', 'content', 'tool_call_id'],
        },
        call: ['id', 'type', 'function'],
        streamOptions: ['include_usage', 'include_obfuscation'],
      },
      path => `Unknown parameter: '${path}'.`,
      { code: 'unknown_parameter' },
    ),
  ],
  refuse: ({ message, path, code }) =>
    json(
      { error: { message, type: 'invalid_request_error', param: path?.join('.') ?? null, code: code ?? null } },
      { status: 400 },
    ),
  callId: number => `call_${padded(number, 24)}`,
};

const deepseek: Vendor = {
  rules: [
    ...COMMON,
    IDS,
    whileThinking(
      messageRule('reasoning', ({ role, fields }) =>
        role === 'assistant' && typeof fields['reasoning_content'] !== 'string'
          ? 'The `reasoning_content` in the thinking mode must be passed back to the API.'
          : undefined,
      ),
    ),
  ],
  refuse: ({ message }) =>
    json(
      { error: { message, type: 'invalid_request_error', param: null, code: 'invalid_request_error' } },
      { status: 400 },
    ),
  callId: number => `call_00_${padded(number, 24)}`,
  reasons: isThinking,
};

const kimi: Vendor = {
  rules: [
    ...COMMON,
    IDS,
    // An empty string counts as missing.
    whileThinking(
      messageRule('reasoning', ({ calls, fields }, at) =>
        calls.length > 0 && !fields['reasoning_content']
          ? `thinking is enabled but reasoning_content is missing in assistant tool call message at index ${at}`
          : undefined,
      ),
    ),
  ],
  refuse: ({ message }) => json({ error: { message, type: 'invalid_request_error' } }, { status: 400 }),
  callId: number => `functions.tool:${number}`,
  reasons: isThinking,
};

const GEMINI_PARTS =
  'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';
const GEMINI_ORDER =
  'Please ensure that function call turn comes immediately after a user turn or after a function response turn.';

function gemini(signatures: ThoughtSignatures): Vendor {
  return {
    rules: [
      requestForm,
      wellFormedText,
      NAMES,
      SCHEMA,
      toolResults({ unanswered: () => GEMINI_PARTS, unexpected: () => GEMINI_PARTS }),
      ({ messages }) => {
        const wrong = messages.some(
          ({ calls }, at) => calls.length > 0 && !['user', 'tool'].includes(messages[at - 1]?.role ?? 'start'),
        );
        return wrong ? { rule: 'role-order', message: GEMINI_ORDER } : undefined;
      },
      objectArguments(
        ({ name }) => `Invalid JSON payload received. Unable to parse the arguments of function call ${name}.`,
      ),
      signatures.rule,
    ],
    refuse: ({ message }) => json([{ error: { code: 400, message, status: 'INVALID_ARGUMENT' } }], { status: 400 }),
    callId: number => `function-call-${padded(number, 19)}`,
  };
}

const alternating: Vendor = {
  rules: [
    ...COMMON,
    IDS,
    objectArguments(() => 'Extra data: the arguments of a tool call in the history are not a JSON object.'),
    // Templates count user messages and plain answers; tool calls and their results stand between them.
    ({ messages }) => {
      const counted = messages.slice(messages[0]?.role === 'system' ? 1 : 0).filter(isCounted);
      const wrong = counted.some(({ role }, at) => role !== (at % 2 === 0 ? 'user' : 'assistant'));
      return wrong
        ? {
            rule: 'role-order',
            message:
              'After the optional system message, conversation roles must alternate user/assistant/user/assistant/...',
          }
        : undefined;
    },
  ],
  refuse: ({ message }) =>
    json({ error: { message, type: 'BadRequestError', param: null, code: 400 } }, { status: 400 }),
  callId: number => `chatcmpl-tool-${padded(number, 32)}`,
};

function isCounted({ role, calls }: { readonly role: string; readonly calls: readonly unknown[] }): boolean {
  return role !== 'tool' && calls.length === 0;
}

const VENDORS: Readonly<Record<Exclude<StrictServerKind, 'gemini'>, Vendor>> = {
  openai,
  deepseek,
  kimi,
  mistral,
  'bedrock-like': bedrockLike,
  alternating,
};
