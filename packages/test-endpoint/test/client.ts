import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import { request as httpsRequest, type RequestOptions } from 'node:https';

/** The response that a client received, or the error that ended it. */
export interface Received {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  /** The chunks in which the body arrived. */
  readonly chunks: readonly Buffer[];
  readonly body: string;
  readonly interim: readonly number[];
  /** Error code, such as `ECONNRESET`. */
  readonly error: string | undefined;
  /** True if the response was complete. */
  readonly ended: boolean;
}

/** The address of an endpoint and the authority to trust. */
export interface Target {
  readonly url: string;
  readonly ca: string | undefined;
}

/** Sends a POST through node:http or node:https and collects the response or the error. */
export function post(target: Target, body: object | string = {}, options: RequestOptions = {}): Promise<Received> {
  return new Promise(resolve => {
    const send = target.url.startsWith('https') ? httpsRequest : httpRequest;
    const request = send(target.url, { method: 'POST', ca: target.ca, agent: false, ...options });
    const chunks: Buffer[] = [];
    const interim: number[] = [];
    let response: IncomingMessage | undefined;
    const finish = (error?: string) =>
      resolve({
        status: response?.statusCode,
        headers: response?.headers ?? {},
        chunks,
        body: Buffer.concat(chunks).toString(),
        interim,
        error,
        ended: response?.complete ?? false,
      });
    request.on('information', ({ statusCode }) => interim.push(statusCode));
    request.on('error', error => response ?? finish(codeOf(error)));
    request.on('response', message => {
      response = message;
      let failure: string | undefined;
      message.on('data', chunk => chunks.push(chunk));
      message.on('error', error => {
        failure = codeOf(error);
      });
      message.on('close', () => finish(failure));
    });
    request.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

/** Opens a request for tests that disconnect in the middle of it. */
export function open(target: Target, options: RequestOptions = {}): ClientRequest {
  const request = httpRequest(target.url, { method: 'POST', agent: false, ...options });
  request.on('error', () => undefined);
  return request;
}

/** Sends a POST on a new HTTP/2 session. */
export function post2(target: Target, body: object | string = {}): Promise<Received & { goAway: number | undefined }> {
  return new Promise(resolve => {
    const { origin, pathname, search } = new URL(target.url);
    const session = connect(origin, { ca: target.ca });
    const chunks: Buffer[] = [];
    const interim: number[] = [];
    let headers: IncomingHttpHeaders & { ':status'?: number | undefined } = {};
    let error: string | undefined;
    let goAway: number | undefined;
    session.on('error', failure => {
      error ??= codeOf(failure);
    });
    session.on('goaway', code => {
      goAway = code;
    });
    const stream = session.request({ ':method': 'POST', ':path': pathname + search });
    stream.on('headers', info => interim.push(Number(info[':status'])));
    stream.on('response', received => {
      headers = received;
    });
    stream.on('data', chunk => chunks.push(chunk));
    stream.on('error', failure => {
      error = codeOf(failure);
    });
    stream.on('close', () => {
      const result = {
        status: headers[':status'],
        headers,
        chunks,
        body: Buffer.concat(chunks).toString(),
        interim,
        error,
        ended: stream.readableEnded && !stream.aborted && error === undefined,
      };
      if (session.destroyed) resolve({ ...result, goAway });
      else session.once('close', () => resolve({ ...result, error, goAway })).close();
    });
    stream.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

/** Returns the `data:` payloads of a stream, parsed if they are JSON. */
export function eventsOf(body: string): unknown[] {
  return body
    .split(/\r?\n\r?\n/u)
    .flatMap(frame => frame.split(/\r?\n/u))
    .filter(line => line.startsWith('data: '))
    .map(line => line.slice(6))
    .map(data => (data.startsWith('{') ? JSON.parse(data) : data));
}

function codeOf(error: Error): string {
  return String(Reflect.get(error, 'code') ?? error.message);
}
