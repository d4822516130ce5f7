// The endpoint of all measurements: sends prepared bytes, in a separate process.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const DELTAS = 400;

const chunk = (fields: object): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', ...fields })}\n\n`;
const delta = (content: string): string => chunk({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });

const answer = Buffer.from(
  JSON.stringify({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [
      { index: 0, message: { role: 'assistant', content: 'An answer of a few words.' }, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 6, total_tokens: 16 },
  }),
);
const frames = Buffer.from(
  Array.from({ length: DELTAS }, (_, index) => delta(` word${index}`)).join('') +
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) +
    chunk({ choices: [], usage: { prompt_tokens: 10, completion_tokens: DELTAS, total_tokens: 10 + DELTAS } }) +
    'data: [DONE]\n\n',
);

const server = createServer((request, response) => {
  let streamed = false;
  request.on('data', (bytes: Buffer) => {
    streamed ||= bytes.includes('"stream":true');
  });
  request.on('end', () => {
    const body = streamed ? frames : answer;
    response.writeHead(200, {
      'content-type': streamed ? 'text/event-stream' : 'application/json',
      'content-length': body.length,
    });
    response.end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
