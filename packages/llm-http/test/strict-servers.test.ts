import { Agent, type CrewEvent, fallback, Task, tool } from '@crew/core';
import {
  type Completion,
  type CompletionToolCall,
  type Endpoint,
  type StrictServer,
  type StrictServerKind,
  type StrictServerOptions,
  startEndpoint,
  status,
  strictServer,
} from '@crew/test-endpoint';
import { describe, expect, test } from 'vitest';
import { chatCompletions, HttpLLM, type Protocol } from '../src/index.ts';

const KINDS: readonly StrictServerKind[] = [
  'openai',
  'deepseek',
  'kimi',
  'gemini',
  'mistral',
  'bedrock-like',
  'alternating',
];

/** A strict server, an endpoint in front of it, and an LLM for it. */
interface Setting extends AsyncDisposable {
  readonly server: StrictServer;
  readonly endpoint: Endpoint;
  readonly llm: HttpLLM;
}

interface StartOptions {
  /** Number of turns after which the server answers 503. Default: never. */
  readonly failsAfter?: number;
  /** True if another LLM wrote the beginning of the run. */
  readonly continues?: boolean;
  readonly contextWindow?: number;
}

/** Starts a server with a script. */
async function start(
  kind: StrictServerKind,
  turns: StrictServerOptions['turns'],
  { failsAfter = Number.POSITIVE_INFINITY, continues = false, ...own }: StartOptions = {},
): Promise<Setting> {
  const server = strictServer(kind, { turns });
  let answered = 0;
  const endpoint = await startEndpoint({
    respond: request => {
      answered += 1;
      return answered > failsAfter ? status(503) : server(request);
    },
  });
  const llm = new HttpLLM({
    endpoint: endpoint.url,
    model: `${kind}-model`,
    retry: { retries: 0 },
    ...own,
    ...optionsFor(kind, continues),
  });
  const dispose = async (): Promise<void> => {
    await llm.close();
    await endpoint.close();
  };
  return { server, endpoint, llm, [Symbol.asyncDispose]: dispose };
}

/** Returns the options that docs/providers.md names for a kind of server, and for one that continues the run of another. */
function optionsFor(kind: StrictServerKind, continues: boolean): object {
  const configured: (options: object) => Protocol = chatCompletions;
  switch (kind) {
    case 'deepseek':
      return { protocol: configured({ replay: 'always' }) };
    case 'kimi':
      return continues ? { extraBody: { thinking: { type: 'disabled' } } } : {};
    case 'mistral':
      return { extraBody: { stream_options: null } };
    case 'bedrock-like':
      return { toolsInHistory: true };
    default:
      return {};
  }
}

const tideTable = tool({
  name: 'tide_table',
  description: 'Looks up the tides of a port.',
  parameters: { type: 'object', properties: { port: { type: 'string' } }, required: ['port'] },
  execute: ({ port }) => `High tide in ${port} is at noon.`,
});
const silent = tool({
  name: 'ring_bell',
  description: 'Rings the bell.',
  parameters: { type: 'object', properties: {} },
  execute: () => '',
});
const archive = tool({
  name: 'archive',
  description: 'Reads the tides of a year.',
  parameters: { type: 'object', properties: { year: { type: 'integer' } }, required: ['year'] },
  execute: ({ year }) => `${year}: ${'The tide was high at noon. '.repeat(60)}`,
});

const brest: CompletionToolCall = { name: 'tide_table', arguments: { port: 'Brest' } };
const batch: Completion = {
  toolCalls: [brest, { name: 'ring_bell', arguments: {} }, { name: 'tide_table', arguments: { port: 'Dover' } }],
};

function pilot(llm: Agent['llm'], options: { readonly maxIterations?: number } = {}): Agent {
  return new Agent({
    role: 'Pilot',
    goal: 'Bring ships in',
    backstory: 'You know the tides.',
    llm,
    tools: [tideTable, silent, archive],
    maxRetryLimit: 0,
    ...options,
  });
}

const task = new Task({ description: 'When is high tide?', expectedOutput: 'One sentence.' });

/** Number of messages of each role in a request. */
function roles(endpoint: Endpoint, index: number): Record<string, number> {
  const { messages } = (endpoint.requests[index]?.json ?? { messages: [] }) as { messages: { role: string }[] };
  const counts: Record<string, number> = {};
  for (const { role } of messages) counts[role] = (counts[role] ?? 0) + 1;
  return counts;
}

describe('an agent in front of a strict server', () => {
  test.each(KINDS)('runs several tools in parallel with %s', async kind => {
    await using setting = await start(kind, [batch, { toolCalls: [brest] }, 'At noon.']);
    const answer = await pilot(setting.llm).executeTask(task);
    expect(setting.server.violations).toEqual([]);
    expect(answer).toBe('At noon.');
    expect(setting.endpoint.requests).toHaveLength(3);
    expect(roles(setting.endpoint, 2)).toMatchObject({ assistant: 2, tool: 4 });
  });

  test.each(
    KINDS.flatMap(kind =>
      ['multi_tool_use.parallel', 'create_event<|channel|>analysis', 'x'.repeat(80)].map(name => ({ kind, name })),
    ),
  )('goes on after the invented tool name $name with $kind', async ({ kind, name }) => {
    await using setting = await start(kind, [{ toolCalls: [{ name, arguments: {} }, brest] }, 'At noon.']);
    const answer = await pilot(setting.llm).executeTask(task);
    expect(setting.server.violations).toEqual([]);
    expect(answer).toBe('At noon.');
  });

  test.each(KINDS)('goes on after unreadable arguments with %s', async kind => {
    await using setting = await start(kind, [{ toolCalls: [{ ...brest, arguments: '{"port": ' }] }, 'At noon.']);
    const answer = await pilot(setting.llm).executeTask(task);
    expect(setting.server.violations).toEqual([]);
    expect(answer).toBe('At noon.');
  });

  test.each(KINDS)('gets the forced answer after the last round from %s', async kind => {
    await using setting = await start(kind, [batch, 'At noon.']);
    const answer = await pilot(setting.llm, { maxIterations: 1 }).executeTask(task);
    expect(setting.server.violations).toEqual([]);
    expect(answer).toBe('At noon.');
    expect(setting.endpoint.requests).toHaveLength(2);
  });

  test.each(KINDS)('goes on from a summary in mid-run with %s', async kind => {
    let years = 2020;
    const turns = ({ body }: { readonly body: string }): string | Completion => {
      if (body.includes('Summarise this record')) return 'Always at noon.';
      return body.includes('Always at noon.')
        ? 'At noon.'
        : { toolCalls: [{ name: 'archive', arguments: { year: years++ } }] };
    };
    await using setting = await start(kind, turns, { contextWindow: 1600 });
    const answer = await pilot(setting.llm).executeTask(task);
    expect(setting.server.violations).toEqual([]);
    expect(answer).toBe('At noon.');
    expect(years).toBeGreaterThan(2021);
  });

  test.each(KINDS)('gets structured output after tools, and after feedback on it, from %s', async kind => {
    await using setting = await start(kind, [batch, '{"hour":"noon"}', '{"hour":12}']);
    const outputSchema = { type: 'object', properties: { hour: { type: 'integer' } }, required: ['hour'] };
    const structured = new Task({ description: 'When is high tide?', expectedOutput: 'The hour.', outputSchema });
    const answer = await pilot(setting.llm).executeTask(structured);
    expect(setting.server.violations).toEqual([]);
    expect(JSON.parse(answer)).toEqual({ hour: 12 });
  });

  test.each(KINDS)('streams a run with tools from %s', async kind => {
    await using setting = await start(kind, [batch, { text: 'At noon.', deltas: ['At ', 'noon.'] }]);
    const events: CrewEvent[] = [];
    for await (const event of pilot(setting.llm).stream(task)) events.push(event);
    expect(setting.server.violations).toEqual([]);
    expect(setting.endpoint.requests).toHaveLength(2);
    expect(JSON.stringify(events)).toContain('At noon.');
  });

  test.each(KINDS.flatMap(first => KINDS.filter(second => second !== first).map(second => ({ first, second }))))(
    'continues with $second what $first has begun',
    async ({ first, second }) => {
      await using failing = await start(first, [batch], { failsAfter: 1 });
      await using working = await start(second, [{ toolCalls: [brest] }, 'At noon.'], { continues: true });
      const answer = await pilot(fallback([failing.llm, working.llm])).executeTask(task);
      expect(failing.server.violations).toEqual([]);
      // Gemini refuses calls that it has not signed once, and accepts them marked as such.
      const refused = second === 'gemini' ? 1 : 0;
      expect(working.server.violations).toHaveLength(refused);
      expect(answer).toBe('At noon.');
      expect(working.endpoint.requests).toHaveLength(2 + refused);
    },
  );
});
