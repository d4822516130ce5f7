import { describe, expect, test } from 'vitest';
import {
  type Completion,
  type Endpoint,
  type StrictRule,
  type StrictServer,
  type StrictServerKind,
  startEndpoint,
  strictServer,
} from '../src/index.ts';
import { eventsOf } from './client.ts';

const KINDS: readonly StrictServerKind[] = [
  'openai',
  'deepseek',
  'kimi',
  'gemini',
  'mistral',
  'bedrock-like',
  'alternating',
];

interface WireCall {
  readonly id: string;
  readonly function: { readonly name: string; readonly arguments: string };
  readonly extra_content?: unknown;
}
type WireMessage = { readonly role: string } & Readonly<Record<string, unknown>>;
interface AssistantMessage extends Record<string, unknown> {
  readonly role: string;
  readonly tool_calls: readonly WireCall[];
}

const system = { role: 'system', content: 'You know the tides.' };
const question = { role: 'user', content: 'When is high tide?' };
const tools = ['tide_table', 'wind'].map(name => ({
  type: 'function',
  function: { name, description: 'Looks it up', parameters: { type: 'object', properties: {} } },
}));
const batch: Completion = {
  toolCalls: [
    { name: 'tide_table', arguments: { port: 'Brest' } },
    { name: 'wind', arguments: {} },
  ],
};

async function post(endpoint: Endpoint, body: object): Promise<{ status: number; body: string }> {
  const response = await fetch(endpoint.url, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, body: await response.text() };
}

/** Starts a server and lets it write a batch of calls. */
async function withBatch(
  kind: StrictServerKind,
): Promise<{ endpoint: Endpoint; server: StrictServer; assistant: AssistantMessage }> {
  const server = strictServer(kind, { turns: [batch, 'High tide is at noon.'] });
  const endpoint = await startEndpoint({ respond: server });
  const { body } = await post(endpoint, { model: 'm', messages: [system, question], tools });
  const parsed: { choices: [{ message: AssistantMessage }] } = JSON.parse(body);
  return { endpoint, server, assistant: parsed.choices[0].message };
}

const resultsOf = ({ tool_calls }: AssistantMessage): WireMessage[] =>
  tool_calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'noon' }));

function withCall(assistant: AssistantMessage, change: (call: WireCall) => WireCall): AssistantMessage {
  const [first, ...rest] = assistant.tool_calls;
  return { ...assistant, tool_calls: first === undefined ? [] : [change(first), ...rest] };
}

/** Returns a copy without one field. */
function without(message: AssistantMessage, field: string): AssistantMessage {
  return { ...message, [field]: undefined };
}

type Edit = (good: {
  messages: readonly WireMessage[];
  assistant: AssistantMessage;
  results: readonly WireMessage[];
}) => object;

/** A request that the kinds refuse, made from a good one. */
interface Case {
  readonly title: string;
  readonly kinds: readonly StrictServerKind[];
  readonly rule: StrictRule;
  readonly edit: Edit;
  /** Status and a part of the body. Default: 400. */
  readonly status?: number;
  readonly says?: string;
}

const withNewId =
  (id: string): Edit =>
  ({ assistant, results }) => ({
    messages: [
      system,
      question,
      withCall(assistant, call => ({ ...call, id })),
      { ...results[0], tool_call_id: id },
      ...results.slice(1),
    ],
  });

const CASES: readonly Case[] = [
  {
    title: 'no messages',
    kinds: ['openai', 'deepseek', 'kimi', 'gemini', 'bedrock-like', 'alternating'],
    rule: 'request-form',
    edit: () => ({ messages: [] }),
  },
  { title: 'no messages', kinds: ['mistral'], rule: 'request-form', status: 422, edit: () => ({ messages: [] }) },
  {
    title: 'an invented tool name in the history',
    kinds: KINDS,
    rule: 'tool-name',
    edit: ({ assistant, results }) => {
      const renamed = withCall(assistant, call => ({
        ...call,
        function: { ...call.function, name: 'multi_tool_use.parallel' },
      }));
      return { messages: [system, question, renamed, ...results] };
    },
  },
  {
    title: 'an offered tool with a name of 65 characters',
    kinds: KINDS,
    rule: 'tool-name',
    edit: ({ messages }) => ({ messages, tools: [{ type: 'function', function: { name: 'x'.repeat(65) } }, ...tools] }),
  },
  {
    title: 'an unanswered tool call',
    kinds: KINDS,
    rule: 'tool-results',
    edit: ({ messages }) => ({ messages: messages.slice(0, -1) }),
  },
  {
    title: 'a tool result for an unknown call',
    kinds: KINDS,
    rule: 'tool-results',
    edit: ({ messages }) => ({ messages: [...messages, { role: 'tool', tool_call_id: 'abcdefghi', content: 'x' }] }),
  },
  {
    title: 'a tool result that comes twice',
    kinds: KINDS,
    rule: 'tool-results',
    edit: ({ messages, results }) => ({ messages: [...messages, ...results.slice(-1)] }),
  },
  {
    title: 'parameters without a type',
    kinds: ['openai', 'deepseek', 'kimi', 'gemini', 'bedrock-like', 'alternating'],
    rule: 'tool-schema',
    edit: ({ messages }) => ({
      messages,
      tools: [{ type: 'function', function: { name: 'x', parameters: { anyOf: [] } } }],
    }),
  },
  {
    title: 'parameters without a type',
    kinds: ['mistral'],
    rule: 'tool-schema',
    status: 422,
    edit: ({ messages }) => ({ messages, tools: [{ type: 'function', function: { name: 'x', parameters: {} } }] }),
  },
  {
    title: 'half of a surrogate pair',
    kinds: KINDS,
    rule: 'text-encoding',
    edit: () => ({ messages: [{ role: 'user', content: 'wave \ud83c' }] }),
  },
  {
    title: 'an ID of 41 characters',
    kinds: ['openai'],
    rule: 'tool-call-id',
    says: 'string_above_max_length',
    edit: withNewId('c'.repeat(41)),
  },
  {
    title: 'the ID call_0',
    kinds: ['mistral'],
    rule: 'tool-call-id',
    says: 'Tool call id was call_0 but must be a-z, A-Z, 0-9, with a length of 9.',
    edit: withNewId('call_0'),
  },
  {
    title: 'an empty ID',
    kinds: ['openai', 'deepseek', 'kimi', 'bedrock-like', 'alternating'],
    rule: 'tool-call-id',
    edit: withNewId(''),
  },
  {
    title: 'an assistant message without reasoning_content',
    kinds: ['deepseek'],
    rule: 'reasoning',
    says: 'must be passed back to the API',
    edit: ({ messages }) => ({
      messages: [...messages, { role: 'assistant', content: 'Noon.' }, { role: 'user', content: 'Sure?' }],
    }),
  },
  {
    title: 'a tool call without reasoning_content',
    kinds: ['deepseek', 'kimi'],
    rule: 'reasoning',
    edit: ({ assistant, results }) => ({
      messages: [system, question, without(assistant, 'reasoning_content'), ...results],
    }),
  },
  {
    title: 'a tool call with empty reasoning_content',
    kinds: ['kimi'],
    rule: 'reasoning',
    says: 'reasoning_content is missing in assistant tool call message at index 2',
    edit: ({ assistant, results }) => ({
      messages: [system, question, { ...assistant, reasoning_content: '' }, ...results],
    }),
  },
  {
    title: 'a batch without a thought signature',
    kinds: ['gemini'],
    rule: 'thought-signature',
    says: 'Function call is missing a thought_signature in functionCall parts',
    edit: ({ assistant, results }) => {
      const unsigned = withCall(assistant, call => ({ ...call, extra_content: undefined }));
      return { messages: [system, question, unsigned, ...results] };
    },
  },
  {
    title: 'a thought signature of another server',
    kinds: ['gemini'],
    rule: 'thought-signature',
    edit: ({ assistant, results }) => {
      const extra_content = { google: { thought_signature: 'c29tZXRoaW5n' } };
      return { messages: [system, question, withCall(assistant, call => ({ ...call, extra_content })), ...results] };
    },
  },
  {
    title: 'a tool call behind an answer',
    kinds: ['gemini'],
    rule: 'role-order',
    edit: ({ assistant, results }) => ({
      messages: [question, { role: 'assistant', content: 'Let me see.' }, assistant, ...results],
    }),
  },
  {
    title: 'arguments that are not an object',
    kinds: ['gemini', 'bedrock-like', 'alternating'],
    rule: 'arguments',
    edit: ({ assistant, results }) => {
      const broken = withCall(assistant, call => ({
        ...call,
        function: { name: 'wind', arguments: '{"port": ' },
      }));
      return { messages: [system, question, broken, ...results] };
    },
  },
  {
    title: 'a user message behind a tool message',
    kinds: ['mistral'],
    rule: 'role-order',
    says: "Unexpected role 'user' after role 'tool'",
    edit: ({ messages }) => ({ messages: [...messages, { role: 'user', content: 'Answer now.' }] }),
  },
  {
    title: 'an assistant message at the end',
    kinds: ['mistral', 'bedrock-like'],
    rule: 'role-order',
    edit: ({ messages }) => ({ messages: [...messages, { role: 'assistant', content: 'It is' }] }),
  },
  {
    title: 'a conversation that begins with an assistant message',
    kinds: ['bedrock-like', 'alternating'],
    rule: 'role-order',
    edit: ({ messages }) => ({ messages: [system, { role: 'assistant', content: 'Hi.' }, ...messages.slice(1)] }),
  },
  {
    title: 'two user messages in a row',
    kinds: ['alternating'],
    rule: 'role-order',
    edit: () => ({ messages: [system, question, question] }),
  },
  {
    title: 'a user message behind tool results',
    kinds: ['alternating'],
    rule: 'role-order',
    edit: ({ messages }) => ({ messages: [...messages, question] }),
  },
  {
    title: 'a second system message',
    kinds: ['alternating'],
    rule: 'role-order',
    edit: ({ messages }) => ({ messages: [system, ...messages] }),
  },
  {
    title: 'a blank tool result',
    kinds: ['bedrock-like'],
    rule: 'blank-text',
    says: 'is blank. Add text to the text field',
    edit: ({ messages, results }) => ({ messages: [...messages.slice(0, -1), { ...results.at(-1), content: '' }] }),
  },
  {
    title: 'spaces beside tool calls',
    kinds: ['bedrock-like'],
    rule: 'blank-text',
    edit: ({ assistant, results }) => ({ messages: [system, question, { ...assistant, content: ' \n' }, ...results] }),
  },
  {
    title: 'tool calls in the history without tools',
    kinds: ['bedrock-like'],
    rule: 'tools-missing',
    edit: ({ messages }) => ({ messages, tools: undefined }),
  },
  {
    title: 'reasoning of another provider',
    kinds: ['openai'],
    rule: 'unknown-field',
    says: "Unknown parameter: 'messages[2].reasoning_content'.",
    edit: ({ assistant, results }) => ({
      messages: [system, question, { ...assistant, reasoning_content: 'x' }, ...results],
    }),
  },
  {
    title: 'reasoning of another provider',
    kinds: ['mistral'],
    rule: 'unknown-field',
    status: 422,
    says: '"loc":["body","messages",2,"assistant","reasoning_content"]',
    edit: ({ assistant, results }) => ({
      messages: [system, question, { ...assistant, reasoning_content: 'x' }, ...results],
    }),
  },
  {
    title: 'a thought signature of another provider',
    kinds: ['openai'],
    rule: 'unknown-field',
    edit: ({ assistant, results }) => ({
      messages: [system, question, withCall(assistant, call => ({ ...call, extra_content: {} })), ...results],
    }),
  },
  {
    title: 'a field that the server does not know',
    kinds: ['mistral'],
    rule: 'unknown-field',
    status: 422,
    says: '"loc":["body","max_completion_tokens"]',
    edit: ({ messages }) => ({ messages, max_completion_tokens: 9 }),
  },
  {
    title: 'a request for the usage in a stream',
    kinds: ['mistral'],
    rule: 'unknown-field',
    status: 422,
    says: '"loc":["body","stream_options","include_usage"]',
    edit: ({ messages }) => ({ messages, stream: true, stream_options: { include_usage: true } }),
  },
  {
    title: 'a field that the server does not know',
    kinds: ['openai'],
    rule: 'unknown-field',
    edit: ({ messages }) => ({ messages, top_k: 5 }),
  },
  {
    title: 'an empty list of tools',
    kinds: ['openai'],
    rule: 'request-form',
    edit: ({ messages }) => ({ messages, tools: [] }),
  },
  {
    title: 'a tool choice without tools',
    kinds: ['openai'],
    rule: 'request-form',
    edit: ({ messages }) => ({ messages, tools: undefined, tool_choice: 'none' }),
  },
];

describe('strictServer', () => {
  test.each(KINDS)('accepts a good conversation with the own fields of %s', async kind => {
    const { endpoint, server, assistant } = await withBatch(kind);
    const messages = [system, question, assistant, ...resultsOf(assistant)];
    const { status, body } = await post(endpoint, { model: 'm', messages, tools });
    expect({ status, violations: server.violations }).toEqual({ status: 200, violations: [] });
    expect(JSON.parse(body)).toMatchObject({ choices: [{ message: { content: 'High tide is at noon.' } }] });
    await endpoint.close();
  });

  test.each(CASES.flatMap(entry => entry.kinds.map(kind => ({ ...entry, kind }))))(
    'refuses $title as $kind does',
    async ({ kind, rule, edit, status = 400, says = '' }) => {
      const { endpoint, server, assistant } = await withBatch(kind);
      const results = resultsOf(assistant);
      const messages = [system, question, assistant, ...results];
      const refused = await post(endpoint, { model: 'm', tools, ...edit({ messages, assistant, results }) });
      expect(server.violations).toEqual([{ request: 1, rule, message: expect.any(String) }]);
      expect(refused.status).toBe(status);
      expect(refused.body).toContain(says);

      // A refused request uses up no turn of the script.
      const accepted = await post(endpoint, { model: 'm', messages, tools });
      expect(accepted.status).toBe(200);
      await endpoint.close();
    },
  );

  test('streams reasoning, calls and signatures as they would stand in a plain answer', async () => {
    for (const [kind, field] of [
      ['gemini', 'extra_content'],
      ['kimi', 'reasoning_content'],
    ] as const) {
      const server = strictServer(kind, { turns: [batch] });
      await using endpoint = await startEndpoint({ respond: server });
      const { body } = await post(endpoint, { messages: [question], tools, stream: true });
      expect(eventsOf(body).filter(event => JSON.stringify(event).includes(`"${field}"`))).not.toEqual([]);
      expect(body.split('thought_signature')).toHaveLength(kind === 'gemini' ? 2 : 1);
    }
  });

  test('accepts empty reasoning_content for DeepSeek', async () => {
    const { endpoint, server, assistant } = await withBatch('deepseek');
    const messages = [question, { ...assistant, reasoning_content: '' }, ...resultsOf(assistant)];
    expect((await post(endpoint, { messages, tools })).status).toBe(200);
    expect(server.violations).toEqual([]);
    await endpoint.close();
  });

  test.each(['deepseek', 'kimi'] as const)('demands and sends no reasoning when %s does not think', async kind => {
    const { endpoint, server, assistant } = await withBatch(kind);
    const messages = [question, without(assistant, 'reasoning_content'), ...resultsOf(assistant)];
    const { status, body } = await post(endpoint, { messages, tools, thinking: { type: 'disabled' } });
    expect({ status, violations: server.violations }).toEqual({ status: 200, violations: [] });
    expect(body).not.toContain('reasoning_content');
    await endpoint.close();
  });

  test('accepts the sentinel of Gemini, and unsigned calls before the last user message', async () => {
    const { endpoint, server, assistant } = await withBatch('gemini');
    const sentinel = { google: { thought_signature: 'skip_thought_signature_validator' } };
    const foreign = withCall(assistant, call => ({ ...call, extra_content: sentinel }));
    const unsigned = withCall(assistant, call => ({ ...call, extra_content: undefined }));
    const results = resultsOf(assistant);
    const messages = [question, unsigned, ...results, question, foreign, ...results];
    expect((await post(endpoint, { messages, tools })).status).toBe(200);
    expect(server.violations).toEqual([]);
    await endpoint.close();
  });

  test('answers 501 to a valid request when the script has ended, and what a callback returns, or `Done.`, otherwise', async () => {
    const server = strictServer('openai', { turns: [] });
    await using scripted = await startEndpoint({ respond: server });
    expect((await post(scripted, { messages: [question] })).status).toBe(501);
    expect(server.violations).toMatchObject([{ rule: 'script-ended' }]);
    const turns = (request: { index: number }) => `Request ${request.index}.`;
    await using asked = await startEndpoint({ respond: strictServer('openai', { turns }) });
    expect((await post(asked, { messages: [question] })).body).toContain('"content":"Request 0."');
    await using unscripted = await startEndpoint({ respond: strictServer('openai') });
    expect((await post(unscripted, { messages: [question] })).body).toContain('"content":"Done."');
  });
});
