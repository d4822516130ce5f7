// Errors quote servers, proxies and certificates as short lines of printable characters. Over raw sockets.
import { createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { CrewError } from '@crew/core';
import { type Authenticator, HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { createAuthority } from '@crew/test-endpoint';
import { afterEach, expect, test } from 'vitest';

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
/** OSC 52 in seven and in eight bits, CSI, and a soft hyphen, which is a format character: bytes, as HTTP sends them. */
const HOSTILE = Buffer.from('evil\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9d52;c;ZXZpbA==\x9c\x9b31m\xad', 'latin1');
/** The same without the controls that Node's parser refuses in a header. */
const IN_HEADER = Buffer.from('evil\x9d52;c;ZXZpbA==\x9c\x9b31m\xad', 'latin1');
const LONG = Buffer.alloc(12_000, 'x');

const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Listens on a port of this machine, and resolves to it. */
async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

/** Responds to every connection with these bytes as soon as a request arrives. */
function answering(...bytes: readonly (Buffer | string)[]): Promise<number> {
  const answer = Buffer.concat(bytes.map(part => Buffer.from(part)));
  return listen(
    createServer(socket => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer));
    }),
  );
}

async function failureOf(options: HttpLLMOptions): Promise<CrewError> {
  await using llm = new HttpLLM({ retry: { retries: 0 }, ...options });
  const thrown = await llm.call('Hello').then(
    () => undefined,
    (error: unknown) => error,
  );
  if (CrewError.isInstance(thrown)) return thrown;
  throw new Error('The call did not fail with a CrewError.');
}

/** Checks the error, what it was caused by, and what is logged of it. */
function expectHarmless(error: CrewError, longest = 900): void {
  expect(error.message).not.toMatch(UNPRINTABLE);
  expect(error.message.length).toBeLessThan(longest);
  for (const text of stringsIn(error.toJSON())) expect(text.replaceAll(/[\n\t]/g, ' ')).not.toMatch(UNPRINTABLE);
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    expect(cause.message.replaceAll(/[\n\t]/g, ' ')).not.toMatch(UNPRINTABLE);
    expect(cause.message.length).toBeLessThan(2_100);
    expect(String(cause.stack).replaceAll(/[\n\t]/g, ' ')).not.toMatch(UNPRINTABLE);
  }
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

const END = 'connection: close\r\ncontent-length: 0\r\n\r\n';

test.each<[string, readonly (Buffer | string)[]]>([
  ['the reason phrase', ['HTTP/1.1 400 ', HOSTILE, '\r\n', END]],
  ['a long reason phrase', ['HTTP/1.1 500 ', LONG, '\r\n', END]],
  ['the content coding', ['HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-encoding: ', IN_HEADER, '\r\n\r\nbody']],
  ['a long content coding', ['HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-encoding: ', LONG, '\r\n\r\nbody']],
  ['the host of a redirect', ['HTTP/1.1 302 Found\r\nlocation: https://', LONG, '.example/\r\n', END]],
  [
    'a redirect',
    ['HTTP/1.1 302 Found\r\nlocation: https://a/', IN_HEADER, '\r\nx-request-id: ', IN_HEADER, '\r\n', END],
  ],
  ['the id of the request', ['HTTP/1.1 400 Bad\r\nx-request-id: ', IN_HEADER, LONG, '\r\n', END]],
  ['the challenge', ['HTTP/1.1 401 No\r\nwww-authenticate: Bearer error="', IN_HEADER, LONG, '"\r\n', END]],
  ['the content type', ['HTTP/1.1 200 OK\r\ncontent-type: ', IN_HEADER, '\r\nconnection: close\r\n\r\n', HOSTILE]],
  ['the body', ['HTTP/1.1 503 No\r\nconnection: close\r\n\r\n', HOSTILE, LONG]],
  [
    'the title of a login page',
    ['HTTP/1.1 403 No\r\nconnection: close\r\n\r\n<html><title>', HOSTILE, LONG, '</title>'],
  ],
  ['what is not HTTP', [HOSTILE, LONG, '\r\n\r\n']],
])('errors quote %s of a server without control characters [X9]', async (_what, bytes) => {
  const port = await answering(...bytes);
  const error = await failureOf({ endpoint: `http://127.0.0.1:${port}/v1` });
  expectHarmless(error);
  expect(String(Reflect.get(error, 'requestId') ?? '').length).toBeLessThan(300);
});

test.each<[string, readonly (Buffer | string)[]]>([
  ['the status line', ['HTTP/1.1 407 ', HOSTILE, '\r\nproxy-authenticate: Basic realm="', IN_HEADER, '"\r\n', END]],
  ['a long status line', ['HTTP/1.1 502 ', LONG, '\r\n', END]],
  ['what is not HTTP', [HOSTILE, '\r\n\r\n']],
])('errors quote %s of a proxy without control characters [X9]', async (_what, bytes) => {
  const proxy = `http://127.0.0.1:${await answering(...bytes)}`;
  expectHarmless(await failureOf({ endpoint: 'https://llm.example/v1', proxy }));
});

test('errors quote the names in a server certificate without control characters [X9]', async () => {
  const authority = await createAuthority({ commonName: HOSTILE.toString('latin1') });
  const names = Array.from({ length: 500 }, (_, index) => `host-${index}\x1b[2J.example`);
  const { chain, key } = await authority.issue({ commonName: HOSTILE.toString('latin1').slice(0, 60), dns: names });
  const server = createTlsServer({ cert: chain, key });
  server.on('tlsClientError', () => undefined);
  server.on('secureConnection', socket => socket.on('error', () => undefined));
  const port = await listen(server);
  const endpoint = `https://localhost:${port}/v1`;
  for (const options of [{ endpoint, ca: authority.certificate }, { endpoint }]) {
    const error = await failureOf(options);
    expect(error.message).toContain('is not trusted');
    expectHarmless(error);
  }
});

test.each([
  ['throws', `${HOSTILE.toString('latin1')}\u202e\n`.repeat(10_000)],
  ['throws in one word', 'x'.repeat(1_000_000)],
])('errors quote a message without control characters when an authenticator %s [X9]', async (_how, message) => {
  const auth: Authenticator = {
    name: 'own',
    authenticate: () => {
      throw Object.assign(new Error(message), { code: message });
    },
  };
  expectHarmless(await failureOf({ endpoint: 'http://127.0.0.1:9/v1', auth }));
});

test('errors that truncate the message of an authenticator contain no part of a secret [X9]', async () => {
  const secret = 'k3y-'.repeat(12);
  for (let before = 440; before < 510; before += 1) {
    const auth: Authenticator = {
      name: 'own',
      authenticate: request => {
        request.setHeader('x-key', secret);
        throw new Error(`${'w '.repeat(before / 2)}${secret} and ${'more '.repeat(1000)}`);
      },
    };
    const error = await failureOf({ endpoint: 'http://127.0.0.1:9/v1', auth });
    expect(error.message).not.toContain('k3y-');
    expect(String(error.cause)).not.toContain('k3y-');
  }
});
