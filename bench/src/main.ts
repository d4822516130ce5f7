// Compares Crew with a baseline (undici with prepared bytes) and with other libraries in one run.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { BaseLLM, type Message, runToolLoop } from '@crew/core';
import { encodeMessages, encodeRequest } from '@crew/core/chat-completions';
import { ApiKeyLLM } from '@crew/llm-apikey';
import { generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { Pool } from 'undici';
import { type Contender, measure, report } from './measure.ts';

const HELP = `Usage: npm run bench -- [options]

Compares Crew with undici, openai and ai on a local server, and prints the median time of each and its ratio to the first.

  --only <list>  parts to run, separated by commas: turn, parallel, stream, encoding (default all)
  --rounds <n>   number of rounds, in which all libraries take turns (default 7; 15 for encoding)
  --help         print this help
`;
const PARTS = ['turn', 'parallel', 'stream', 'encoding'] as const;

const { values } = parseArgs({
  options: { only: { type: 'string' }, rounds: { type: 'string' }, help: { type: 'boolean', default: false } },
});
if (values.help) {
  console.log(HELP);
  process.exit();
}
const chosen = values.only?.split(',') ?? PARTS;
for (const part of chosen) {
  if (!PARTS.some(known => known === part))
    throw new RangeError(`--only must be one of ${PARTS.join(', ')}, not ${part}.`);
}
const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
  throw new RangeError('--rounds must be a positive whole number.');
}

async function compare(
  part: (typeof PARTS)[number],
  title: string,
  contenders: readonly Contender[],
  options: Parameters<typeof measure>[1],
): Promise<void> {
  if (!chosen.includes(part)) return;
  console.log(report(title, await measure(contenders, { ...options, rounds: rounds ?? options.rounds })));
}

const server = fork(fileURLToPath(new URL('server.ts', import.meta.url)));
const [port] = await once(server, 'message');
const origin = `http://127.0.0.1:${port}`;

const pool = new Pool(origin);
const llm = new ApiKeyLLM({ endpoint: `${origin}/v1/chat/completions`, model: 'm', apiKey: 'a-key' });
const openai = new OpenAI({ baseURL: `${origin}/v1`, apiKey: 'a-key', maxRetries: 2 });
const sdk = createOpenAICompatible({ name: 'bench', baseURL: `${origin}/v1`, apiKey: 'a-key' })('m');

const messages = [{ role: 'user' as const, content: 'A question of a few words?' }];
const headers = { 'content-type': 'application/json', authorization: 'Bearer a-key' };
const body = Buffer.from(JSON.stringify({ model: 'm', messages }));
const streamBody = Buffer.from(JSON.stringify({ model: 'm', messages, stream: true }));

async function baseline(bytes: Buffer): Promise<string> {
  const response = await pool.request({ method: 'POST', path: '/v1/chat/completions', headers, body: bytes });
  return response.body.text();
}

const turns = [
  { name: 'undici, prepared bytes', run: () => baseline(body) },
  { name: 'Crew', run: () => llm.call(messages) },
  { name: 'openai', run: () => openai.chat.completions.create({ model: 'm', messages }) },
  { name: 'ai (openai-compatible)', run: () => generateText({ model: sdk, messages }) },
];
await compare('turn', 'Sequential turns', turns, { rounds: 7, runs: 300, concurrency: 1 });
await compare('parallel', '32 concurrent turns', turns, { rounds: 7, runs: 600, concurrency: 32 });

async function drain(parts: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of parts);
}
const streams = [
  { name: 'undici, prepared bytes', run: () => baseline(streamBody) },
  { name: 'Crew', run: () => drain(llm.stream(messages)) },
  {
    name: 'openai',
    run: async () => drain(await openai.chat.completions.create({ model: 'm', messages, stream: true })),
  },
  { name: 'ai (openai-compatible)', run: () => drain(streamText({ model: sdk, messages }).textStream) },
];
await compare('stream', 'A stream of 400 deltas', streams, { rounds: 7, runs: 60, concurrency: 1 });

/** 200 messages, like those of a tool loop after 100 rounds. */
const conversation: Message[] = Array.from({ length: 200 }, (_, index) =>
  index % 2 === 0
    ? { role: 'user', content: `Result ${index}: ${'some words of a tool '.repeat(40)}` }
    : { role: 'assistant', content: `Thought ${index}.` },
);
let prepared: readonly Message[] = conversation;
await runToolLoop(
  new (class extends BaseLLM {
    async call(): Promise<never> {
      throw new Error('not used');
    }
    supportsFunctionCalling = (): boolean => true;
    supportsStopWords = (): boolean => true;
    getContextWindowSize = (): number => Number.POSITIVE_INFINITY;
    override async respond(request: Parameters<BaseLLM['respond']>[0]) {
      prepared = request.messages;
      return { text: 'ok' };
    }
  })(),
  { messages: conversation },
);
const encoding = [
  { name: 'JSON.stringify', run: () => JSON.stringify({ model: 'm', messages: encodeMessages(conversation) }) },
  { name: 'Crew, in a tool loop', run: () => encodeRequest({ messages: prepared }, { model: 'm' }) },
  { name: 'Crew, first time', run: () => encodeRequest({ messages: conversation }, { model: 'm' }) },
];
await compare('encoding', 'Encoding 200 messages', encoding, { rounds: 15, runs: 500, concurrency: 1 });

await llm.close();
await pool.close();
server.disconnect();
