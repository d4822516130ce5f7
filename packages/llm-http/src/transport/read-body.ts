import { ProtocolError } from '@crew/core';
import { ByteQueue } from './byte-queue.ts';
import { contentCodings, decode } from './content-coding.ts';
import type { WireResponse } from './exchange.ts';
import { ExchangeFailure } from './exchange-failure.ts';

/**
 * A response's bytes, decoded, as they come, and at most `limit` of them. Leaving the iteration ends the response.
 *
 * @throws {ExchangeFailure}
 */
export async function* decodedBody(response: WireResponse, limit: number, server: string): AsyncGenerator<Uint8Array> {
  const { body, headers } = response;
  const codings = contentCodings(headers);
  let length = 0;
  try {
    for await (const chunk of codings.length === 0 ? body : decode(body, codings, server)) {
      length += chunk.byteLength;
      if (length > limit) throw tooLong(limit, server);
      yield chunk;
    }
  } finally {
    // Also wakes a decoder that is reading ahead.
    body.cancel();
  }
}

/** Reads a whole response, decoded, and at most `limit` bytes of it. */
export async function wholeBody(response: WireResponse, limit: number, server: string): Promise<Uint8Array> {
  const bytes = new ByteQueue();
  if (contentCodings(response.headers).length > 0) {
    for await (const chunk of decodedBody(response, limit, server)) bytes.push(chunk);
    return bytes.takeAll();
  }
  const { body } = response;
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
    bytes.push(chunk);
    if (bytes.byteLength > limit) {
      body.cancel();
      throw tooLong(limit, server);
    }
  }
  return bytes.takeAll();
}

/**
 * Reads the beginning of a body of which no more is wanted: at most `limit` bytes, decoded. Ends the response. An error
 * that breaks off, or is badly encoded, is still that error: the part that had arrived is returned.
 */
export async function bodyStart(response: WireResponse, limit: number, server: string): Promise<Uint8Array> {
  const bytes = new ByteQueue();
  try {
    for await (const chunk of decodedBody(response, Number.POSITIVE_INFINITY, server)) {
      bytes.push(chunk);
      if (bytes.byteLength >= limit) break;
    }
  } catch {
    // Its status and its beginning say more than the way in which it ended.
  }
  return bytes.takeAll().subarray(0, limit);
}

function tooLong(limit: number, server: string): ExchangeFailure {
  return new ExchangeFailure(
    new ProtocolError(`The answer of ${server} is longer than maxResponseBytes allows (${limit} bytes).`),
    'never',
  );
}
