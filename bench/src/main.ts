// Ratios in one run: the floor (undici sending ready-made bytes), Crew, and the peers. `pnpm bench`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { BaseLLM, type Message, runToolLoop } from '@crew/core';
import { encodeMessages, encodeRequest } from '@crew/core/chat-completions';
import { ApiKeyLLM } from '@crew/llm-apikey';
import { generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { Pool } from 'undici';
import { measure, report } from './measure.ts';

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

async function floor(bytes: Buffer): Promise<string> {
  const response = await pool.request({ method: 'POST', path: '/v1/chat/completions', headers, body: bytes });
  return response.body.text();
}

const turns = [
  { name: 'undici, ready-made bytes', run: () => floor(body) },
  { name: 'Crew', run: () => llm.call(messages) },
  { name: 'openai', run: () => openai.chat.completions.create({ model: 'm', messages }) },
  { name: 'ai (openai-compatible)', run: () => generateText({ model: sdk, messages }) },
];
console.log(report('One turn, one after another', await measure(turns, { rounds: 7, runs: 300, concurrency: 1 })));
console.log(report('One turn, 32 at once', await measure(turns, { rounds: 7, runs: 600, concurrency: 32 })));

async function drain(parts: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of parts);
}
const streams = [
  { name: 'undici, ready-made bytes', run: () => floor(streamBody) },
  { name: 'Crew', run: () => drain(llm.stream(messages)) },
  {
    name: 'openai',
    run: async () => drain(await openai.chat.completions.create({ model: 'm', messages, stream: true })),
  },
  { name: 'ai (openai-compatible)', run: () => drain(streamText({ model: sdk, messages }).textStream) },
];
console.log(report('A stream of 400 deltas', await measure(streams, { rounds: 7, runs: 60, concurrency: 1 })));

/** 200 messages, as a loop has them after 100 rounds. */
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
  { name: 'Crew, inside a loop', run: () => encodeRequest({ messages: prepared }, { model: 'm' }) },
  { name: 'Crew, first time', run: () => encodeRequest({ messages: conversation }, { model: 'm' }) },
];
console.log(report('Encoding 200 messages', await measure(encoding, { rounds: 15, runs: 500, concurrency: 1 })));

await llm.close();
await pool.close();
server.disconnect();
