import { ProtocolError } from '@crew/core';
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

/** The same as one piece. */
export async function wholeBody(response: WireResponse, limit: number, server: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  if (contentCodings(response.headers).length > 0) {
    for await (const chunk of decodedBody(response, limit, server)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
  const { body } = response;
  let length = 0;
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
    length += chunk.byteLength;
    if (length > limit) {
      body.cancel();
      throw tooLong(limit, server);
    }
    chunks.push(chunk);
  }
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
}

/**
 * The beginning of a body of which no more is wanted: at most `limit` bytes, decoded. Ends the response. An error that
 * breaks off, or is badly encoded, is still that error: what had come of it is given.
 */
export async function bodyStart(response: WireResponse, limit: number, server: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of decodedBody(response, Number.POSITIVE_INFINITY, server)) {
      chunks.push(chunk);
      length += chunk.byteLength;
      if (length >= limit) break;
    }
  } catch {
    // Its status and its beginning say more than the way in which it ended.
  }
  return Buffer.concat(chunks).subarray(0, limit);
}

function tooLong(limit: number, server: string): ExchangeFailure {
  return new ExchangeFailure(
    new ProtocolError(`The answer of ${server} is longer than maxResponseBytes allows (${limit} bytes).`),
    'never',
  );
}
