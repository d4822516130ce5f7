import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Endpoint, simulatedModel, startEndpoint } from '../src/index.ts';

let endpoint: Endpoint;
beforeAll(async () => {
  endpoint = await startEndpoint({ respond: simulatedModel() });
});
afterAll(() => endpoint.close());

const search = {
  type: 'function',
  function: {
    name: 'search_notes',
    description: 'Searches the notes',
    parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
  },
};
const question = { role: 'user', content: 'What is the melting point of gallium?\n\nAnswer in one sentence.' };

async function ask(body: object) {
  const response = await fetch(endpoint.url, { method: 'POST', body: JSON.stringify(body) });
  return (await response.json()) as {
    choices: [
      {
        finish_reason: string;
        message: {
          content: string | null;
          tool_calls?: { id: string; function: { name: string; arguments: string } }[];
        };
      },
    ];
    usage: { prompt_tokens: number; completion_tokens: number };
  };
}

const afterTool = (result: string) => [
  { role: 'system', content: 'You answer.' },
  question,
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'search_notes', arguments: '{}' } }],
  },
  { role: 'tool', tool_call_id: 'c', content: result },
];

test('calls the offered tool with the keywords of the question', async () => {
  const { choices, usage } = await ask({ messages: [question], tools: [search] });
  const [call] = choices[0].message.tool_calls ?? [];
  expect(choices[0].finish_reason).toBe('tool_calls');
  expect(call?.function.name).toBe('search_notes');
  expect(JSON.parse(call?.function.arguments ?? '')).toEqual({ query: 'melting point gallium' });
  expect(usage.prompt_tokens).toBeGreaterThan(10);
  expect(usage.completion_tokens).toBeGreaterThan(0);
});

test('replies with the best matching sentences of the result without a further call', async () => {
  const result = 'Iron melts at 1538 C. The melting point of gallium is 29.76 C. Gallium is a metal. Bread is baked.';
  const { choices } = await ask({ messages: afterTool(result), tools: [search] });
  expect(choices[0]).toMatchObject({
    finish_reason: 'stop',
    message: { content: 'The melting point of gallium is 29.76 C.' },
  });
});

test('searches the strings of a JSON result', async () => {
  const result = JSON.stringify({ hits: [{ file: 'a.md', text: 'Gallium has its melting point near 30 C.' }] });
  const { choices } = await ask({ messages: afterTool(result), tools: [search] });
  expect(choices[0].message.content).toBe('Gallium has its melting point near 30 C.');
});

test('reports that a result does not mention the question', async () => {
  const { choices } = await ask({ messages: afterTool('Bread is baked.'), tools: [search] });
  expect(choices[0].message.content).toBe("The tool's results say nothing about melting point gallium.");
});

test('keeps the question from before the tool call when the user adds a message', async () => {
  const messages = [
    ...afterTool('Gallium melts in the hand.'),
    { role: 'user', content: 'Now give your final answer.' },
  ];
  expect((await ask({ messages })).choices[0].message.content).toBe('Gallium melts in the hand.');
});

test('streams the reply when the request asks for a stream', async () => {
  const body = JSON.stringify({ stream: true, messages: [question], tools: [search] });
  const response = await fetch(endpoint.url, { method: 'POST', body });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const events = (await response.text()).split('\n\n');
  expect(events.at(-2)).toBe('data: [DONE]');
  expect(events.some(event => event.includes('"name":"search_notes"'))).toBe(true);
});

test('extracts the reply from the context of the prompt without tools', async () => {
  const content = `${question.content}\n\nThis is the context:\nGallium has a melting point of 29.76 C. It is soft.`;
  const { choices } = await ask({ messages: [{ role: 'user', content }] });
  expect(choices[0].message.content).toBe('Gallium has a melting point of 29.76 C.');
});

test('reports that there is nothing to extract from without tools and context', async () => {
  const { choices } = await ask({ messages: [question] });
  expect(choices[0].message.content).toBe('There is nothing here to extract an answer from.');
});

test('skips a tool without a text parameter and fills the other required parameters', async () => {
  const clock = { type: 'function', function: { name: 'clock', parameters: { type: 'object', properties: {} } } };
  const properties = {
    unit: { type: 'string', enum: ['C', 'F'] },
    topic: { type: 'string' },
    limit: { type: 'integer', minimum: 3 },
  };
  const parameters = { type: 'object', properties, required: ['unit', 'topic', 'limit'] };
  const { choices } = await ask({
    messages: [question],
    tools: [clock, { type: 'function', function: { name: 'look', parameters } }],
  });
  const [call] = choices[0].message.tool_calls ?? [];
  expect(call?.function.name).toBe('look');
  expect(JSON.parse(call?.function.arguments ?? '')).toEqual({ topic: 'melting point gallium', unit: 'C', limit: 3 });
});

test('calls no tool when tool_choice is none', async () => {
  const { choices } = await ask({ messages: [question], tools: [search], tool_choice: 'none' });
  expect(choices[0].message.tool_calls).toBeUndefined();
});

test('tolerates a body without messages', async () => {
  expect((await ask({})).choices[0].message.content).toBe('There is nothing here to extract an answer from.');
  expect(
    (await ask({ messages: [null, 7, { role: 'user', content: [{ type: 'text', text: 'Hi' }] }] })).choices,
  ).toHaveLength(1);
});
