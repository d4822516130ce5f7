import type { Body, Reply, ReplyHeaders } from './reply.ts';

export interface StatusOptions {
  readonly headers?: ReplyHeaders | undefined;
  /** Text, bytes or pieces as they are; any other object as JSON. Default: an OpenAI error object that names the status. */
  readonly body?: Body | object | undefined;
}

/** A status with a body of any kind. */
export function status(code: number, options: StatusOptions = {}): Reply {
  const { headers, body = code >= 400 ? statusError(code) : undefined } = options;
  return { status: code, headers, ...(isBody(body) ? { body } : { json: body }) };
}

function statusError(code: number): object {
  return {
    error: { message: `The test endpoint answers ${code}`, type: 'test_endpoint_error', param: null, code: null },
  };
}

function isBody(body: Body | object | undefined): body is Body | undefined {
  if (Array.isArray(body)) return body.every(piece => typeof piece === 'string' || piece instanceof Uint8Array);
  return body === undefined || typeof body === 'string' || typeof body === 'function' || body instanceof Uint8Array;
}
