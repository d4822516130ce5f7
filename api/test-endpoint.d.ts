// The public surface of @crew/test-endpoint. Written by `pnpm api:update`; see docs/versions.md.

// endpoint/connections.d.ts
import type { Server, Socket } from 'node:net';
/** A TCP connection of a client. */
export interface Connection {
    readonly id: number;
    /** The TCP socket, under TLS too. */
    readonly tcp: Socket;
    /**
     * Callbacks of the requests whose responses are still being sent, called when the connection closes. The socket has one
     * `close` listener, however many requests share it.
     */
    readonly pendingCallbacks: Set<() => void>;
    /** Callbacks of the requests whose responses were sent, called when the connection closes. */
    readonly answeredCallbacks: Set<() => void>;
    /** Number of requests received on the connection. */
    requests: number;
    /** Closes the connection as soon as the next request arrives on it. */
    closeOnReuse: boolean;
    idleTimer: NodeJS.Timeout | undefined;
}
/** The TCP connections that a server has accepted. */
export declare class Connections {
    #private;
    get open(): number;
    get total(): number;
    get dropped(): number;
    add(tcp: Socket): void;
    /** Returns the connection that carries a socket: the TLS socket, or the proxy object that HTTP/2 hands out. */
    find(socket: {
        readonly remotePort?: number | undefined;
    }): Connection | undefined;
    /** Closes a connection that a client tried to reuse. */
    drop(connection: Connection): void;
    /** Closes a connection unless a request arrives on it within the given time, in milliseconds. */
    closeWhenIdle(connection: Connection, milliseconds: number): void;
    /** Removes the callbacks of answered requests. */
    forgetAnswered(): void;
    destroyAll(): void;
    /** Resolves when no connection is open. */
    whenIdle(): Promise<void>;
}
/**
 * Treatment of new TCP connections. `serve`: handle them normally. `reset`: reset them immediately. `silence`: accept them and never
 * send a byte, so that even a TLS handshake gets no response.
 */
export type ConnectionPolicy = 'serve' | 'reset' | 'silence';
/** The connection policy of a running server. */
export interface ConnectionGate {
    policy: ConnectionPolicy;
}
/** Applies a connection policy to a server and records every connection. */
export declare function gateConnections(server: Server, policy: ConnectionPolicy, connections: Connections): ConnectionGate;

// endpoint/endpoint-options.d.ts
import type { Reply, ReplyHeaders } from '../reply/reply.ts';
import type { EndpointTls } from '../tls/endpoint-tls.ts';
import type { ConnectionPolicy } from './connections.ts';
import type { RecordedRequest } from './recorded-request.ts';
/** Response to a request whose credential is refused. */
export interface Refusal {
    readonly status: number;
    readonly headers?: ReplyHeaders | undefined;
    /** Response body. An object is sent as JSON. */
    readonly body?: string | object | undefined;
}
/** Callback that accepts the credential of a request with `true` or returns the refusal to send. */
export type CredentialCheck = (request: RecordedRequest) => true | Refusal | Promise<true | Refusal>;
/** Options of `startEndpoint`. */
export interface EndpointOptions {
    /** Serves https. `true` issues a certificate for `localhost`, `127.0.0.1` and `::1` at run time. Default: plain http. */
    readonly tls?: boolean | EndpointTls | undefined;
    /** Offers HTTP/2 and HTTP/1.1 by ALPN. Implies `tls`. Default: HTTP/1.1 only. */
    readonly http2?: boolean | undefined;
    /**
     * Client certificates. `request` asks for one; `require` also fails the handshake unless a valid one is sent.
     * Default `ignore`.
     */
    readonly clientCertificate?: 'ignore' | 'request' | 'require' | undefined;
    /** Authorities, in PEM, that client certificates must chain to. Default: the endpoint's own authority. */
    readonly clientAuthorities?: readonly string[] | undefined;
    /** Credential check, called for each request before a reply is chosen. A refused request consumes no reply. Default: none. */
    readonly credential?: CredentialCheck | undefined;
    /** Initial replies of the queue. */
    readonly replies?: readonly Reply[] | undefined;
    /** Callback that supplies the reply when the queue is empty. Without it the endpoint responds with 501 and `verify()` throws. */
    readonly respond?: ((request: RecordedRequest) => Reply | Promise<Reply>) | undefined;
    /** Path to serve, without a query; other paths get 404. `*` serves every path. Default `/v1/chat/completions`. */
    readonly path?: string | undefined;
    /** Loopback address to listen on. Default `127.0.0.1`. */
    readonly host?: '127.0.0.1' | '::1' | 'localhost' | undefined;
    /** Treatment of new connections; `setConnectionPolicy` changes it later. Default `serve`. */
    readonly connectionPolicy?: ConnectionPolicy | undefined;
    /** Idle time, in milliseconds, after which a kept-alive connection is closed; sent in `keep-alive`. Default 5,000. */
    readonly keepAliveTimeout?: number | undefined;
}
/** Validates the options and throws a `TypeError` if they contradict each other. */
export declare function checkOptions({ tls, http2, clientCertificate, path }: EndpointOptions): void;

// endpoint/endpoint.d.ts
import type { Server } from 'node:net';
import type { Reply } from '../reply/reply.ts';
import type { IssuedCertificate } from '../tls/authority.ts';
import { type ConnectionGate, type ConnectionPolicy, Connections } from './connections.ts';
import { type CredentialCheck, type EndpointOptions } from './endpoint-options.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { RequestHandler } from './request-handler.ts';
import type { RequestEnd } from './request-log.ts';
/**
 * Starts a programmable chat-completions endpoint on a free loopback port. It speaks HTTP/1.1 or HTTP/2, in plain text or over TLS,
 * sends scripted replies and records every request.
 *
 * @throws TypeError if the options contradict each other.
 * @example
 * ```ts
 * import { startEndpoint, text, toolCalls } from '@crew/test-endpoint';
 *
 * const endpoint = await startEndpoint({
 *   replies: [toolCalls([{ name: 'look_up', arguments: { word: 'tide' } }]), text('The tide turns at noon.')],
 * });
 * const ask = async (): Promise<string> => {
 *   const body = JSON.stringify({ messages: [{ role: 'user', content: 'When does the tide turn?' }] });
 *   return (await fetch(endpoint.url, { method: 'POST', body })).text();
 * };
 *
 * console.log(await ask()); // a completion with one tool call
 * console.log(await ask()); // a completion with the text
 * console.log(endpoint.requests.length); // 2
 *
 * endpoint.verify();
 * await endpoint.close();
 * ```
 * @example
 * ```ts
 * import { startEndpoint, text } from '@crew/test-endpoint';
 *
 * // A reply is streamed whenever the request sets `stream: true`.
 * const endpoint = await startEndpoint({ replies: [text('Hello', { deltas: ['Hel', 'lo'] })] });
 * const body = JSON.stringify({ stream: true, messages: [] });
 * const response = await fetch(endpoint.url, { method: 'POST', body });
 *
 * console.log(response.headers.get('content-type')); // text/event-stream; charset=utf-8
 * console.log(await response.text()); // data: {"id":"chatcmpl-0", ... data: [DONE]
 *
 * await endpoint.close();
 * ```
 * @example
 * ```ts
 * import { rateLimited, resetAfter, startEndpoint, text, truncated } from '@crew/test-endpoint';
 *
 * const endpoint = await startEndpoint({
 *   replies: [rateLimited({ retryAfter: 1 }), resetAfter(text('Lost'), 0), truncated(text('Half'), 20)],
 * });
 * for (let attempt = 1; attempt <= 3; attempt += 1) {
 *   const outcome = await fetch(endpoint.url, { method: 'POST', body: '{}' })
 *     .then(async response => `${response.status} ${await response.text()}`)
 *     .catch((error: unknown) => String(error));
 *   console.log(outcome); // 429 with an error body, then a reset connection, then a broken body
 * }
 *
 * await endpoint.close();
 * ```
 */
export declare function startEndpoint(options?: EndpointOptions): Promise<Endpoint>;
interface EndpointParts {
    readonly server: Server;
    readonly gate: ConnectionGate;
    readonly connections: Connections;
    readonly handler: RequestHandler;
    readonly origin: string;
    readonly port: number;
    readonly path: string | undefined;
    readonly ca: string | undefined;
}
/** A running endpoint. Create one with `startEndpoint`. */
export declare class Endpoint implements AsyncDisposable {
    #private;
    /** URL to post requests to. */
    readonly url: string;
    /** Scheme, host and port. */
    readonly origin: string;
    readonly port: number;
    /** Certificate authority to trust, in PEM. Undefined without TLS. */
    readonly ca: string | undefined;
    constructor(parts: EndpointParts);
    /** The recorded requests, in the order in which their bodies arrived. */
    get requests(): readonly RecordedRequest[];
    /** Appends replies to the queue. */
    reply(...replies: readonly Reply[]): void;
    /** Number of replies left in the queue. */
    get pending(): number;
    /**
     * Verifies that the endpoint ran as scripted.
     *
     * @throws Error if replies are unused, a request found no reply, or a callback threw.
     */
    verify(): void;
    /** Numbers of connections that are open, were accepted in total, and were dropped on reuse (`closesOnReuse`). */
    get connections(): {
        readonly open: number;
        readonly total: number;
        readonly dropped: number;
    };
    /** Returns the requests that satisfy the predicate and whose connection or HTTP/2 stream is closed. */
    closed(predicate?: (request: RecordedRequest) => boolean): readonly RecordedRequest[];
    /** Resolves when the connection (HTTP/1.1) or stream (HTTP/2) of the request is closed. */
    whenClosed(request: RecordedRequest): Promise<RequestEnd>;
    /** Resolves to the next request to arrive. Rejects if the endpoint is closed first. */
    nextRequest(): Promise<RecordedRequest>;
    /** Discards the recorded requests. Use it in long runs, in which their bodies would fill the memory. */
    clear(): void;
    /** Resolves when no connection is open. */
    whenIdle(): Promise<void>;
    /** Replaces the credential check, starting with the next request. */
    setCredential(check: CredentialCheck | undefined): void;
    /** Changes the treatment of new connections, starting with the next one. */
    setConnectionPolicy(policy: ConnectionPolicy): void;
    /** Replaces the server's certificate, starting with the next handshake. */
    setCertificate(certificate: IssuedCertificate): void;
    /** Closes the port and every connection and clears every timer. Further calls have no effect. */
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
export {};

// endpoint/recorded-request.d.ts
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
/** A request as it arrived. */
export interface RecordedRequest {
    /** Position of the request, counted from 0. */
    readonly index: number;
    readonly method: string;
    /** Request target as it was sent, including the query. */
    readonly path: string;
    /** Request target resolved against the endpoint's origin. */
    readonly url: string;
    /**
     * Header fields by lower-case name, without a prototype. Repeated fields are joined by `, ` (cookies by `; `). `:authority` of
     * HTTP/2 becomes `host`; its other pseudo-header fields are omitted.
     */
    readonly headers: Readonly<Record<string, string>>;
    /** Alternating field names and values as they arrived, as in node:http. */
    readonly rawHeaders: readonly string[];
    /** Body decoded as UTF-8. Empty if the endpoint responded before it read the body. */
    readonly body: string;
    /** Parsed body. Undefined if the body is not JSON. */
    readonly json: unknown;
    readonly bytes: Uint8Array;
    /** True if the whole body arrived. */
    readonly complete: boolean;
    readonly http: '1.0' | '1.1' | '2';
    /** Number of the connection that carried the request, counted from 0. */
    readonly connection: number;
    /** Number of earlier requests on that connection. */
    readonly priorRequests: number;
    readonly tls?: RecordedTls | undefined;
    /** Arrival time of the last byte, in milliseconds since the epoch. */
    readonly at: number;
}
/** The client's side of the TLS connection that carried a request. */
export interface RecordedTls {
    /** True if the client's certificate was verified against `clientAuthorities`. */
    readonly authorized: boolean;
    /** Node's error code for a certificate that was not verified. */
    readonly authorizationError?: string | undefined;
    /** Server name that the client requested (SNI, RFC 6066 section 3). */
    readonly servername?: string | undefined;
    /** `TLSv1.2` or `TLSv1.3`. */
    readonly protocol: string;
    readonly cipher: string;
    readonly alpnProtocol?: string | undefined;
    readonly sessionReused: boolean;
    readonly peer?: RecordedPeer | undefined;
}
/** A client certificate. */
export interface RecordedPeer {
    readonly subject: string;
    readonly issuer: string;
    readonly subjectAltName?: string | undefined;
    readonly serialNumber: string;
    /** SHA-256 fingerprint of the DER form, in upper-case hex with colons. */
    readonly fingerprint256: string;
    /** The DER form. */
    readonly raw: Uint8Array;
}
export type ServerRequest = IncomingMessage | Http2ServerRequest;
export type AnyServerResponse = ServerResponse | Http2ServerResponse;
/** The part of a request body that arrived. */
interface ReceivedBody {
    readonly bytes: Uint8Array;
    readonly complete: boolean;
}
/** Reads the request body until it ends or breaks off. */
export declare function readBody(request: ServerRequest): Promise<ReceivedBody>;
/** Creates the record of a request. */
export declare function recordRequest(request: ServerRequest, { bytes, complete }: ReceivedBody, context: {
    readonly index: number;
    readonly connection: number;
    readonly priorRequests: number;
    readonly origin: string;
    readonly tls: RecordedTls | undefined;
}): RecordedRequest;
/** Returns the TLS properties of a request. Call it when the request arrives: a closed socket no longer has them. */
export declare function recordTls(request: ServerRequest): RecordedTls | undefined;
/**
 * Returns header fields by lower-case name, with repeated fields joined. Pseudo-header fields of HTTP/2 are omitted, except
 * `:authority`, which becomes `host` (RFC 9113 section 8.3.1).
 */
export declare function joinedHeaders(raw: readonly string[]): Record<string, string>;
export {};

// endpoint/request-handler.d.ts
import type { Reply } from '../reply/reply.ts';
import type { Connections } from './connections.ts';
import type { CredentialCheck, EndpointOptions } from './endpoint-options.ts';
import { type AnyServerResponse, type ServerRequest } from './recorded-request.ts';
import { RequestLog } from './request-log.ts';
/** Handles each request: records it, checks its credential, chooses a reply and sends it. */
export declare class RequestHandler {
    #private;
    readonly log: RequestLog;
    readonly queue: Reply[];
    /** Deviations from the script that `verify` reports. */
    readonly problems: string[];
    credential: CredentialCheck | undefined;
    origin: string;
    constructor(options: EndpointOptions, connections: Connections);
    handle(request: ServerRequest, response: AnyServerResponse): Promise<void>;
}

// endpoint/request-log.d.ts
import type { RecordedRequest } from './recorded-request.ts';
/** The end of a request: its connection or HTTP/2 stream is closed. */
export interface RequestEnd {
    /** True if the whole response had been sent. */
    readonly answered: boolean;
    /** Time at which it was closed, in milliseconds since the epoch. */
    readonly at: number;
}
/** The requests that arrived, with their progress. */
export declare class RequestLog {
    #private;
    readonly requests: RecordedRequest[];
    add(request: RecordedRequest): void;
    next(): Promise<RecordedRequest>;
    markAnswered(request: RecordedRequest): void;
    markClosed(request: RecordedRequest): void;
    isClosed(request: RecordedRequest): boolean;
    whenClosed(request: RecordedRequest): Promise<RequestEnd>;
    clear(): void;
    /** Rejects the promises that wait for a further request. */
    stop(): void;
}

// failing-scenarios/failing-scenarios.d.ts
import type { EndpointOptions } from '../endpoint/endpoint-options.ts';
import type { RecordedRequest } from '../endpoint/recorded-request.ts';
import type { Reply } from '../reply/reply.ts';
/** Timeouts of a client, in milliseconds. A timeout that is not set is left to the client. */
export interface ScenarioTimeouts {
    /** Timeout for the connection. */
    readonly connect?: number | undefined;
    /** Timeout between sending the request and the first byte of the response. */
    readonly firstByte?: number | undefined;
    /** Timeout between two chunks of the response. */
    readonly idle?: number | undefined;
    /** Timeout for the whole call. */
    readonly total?: number | undefined;
}
/** A way in which a call fails while or after its credential is sent. */
export interface FailingScenario {
    readonly name: string;
    /**
     * Returns the reply of the server. Most replies echo the whole request in every form. `elsewhere` is the origin of a server that must
     * not receive any request. Not set if no request arrives.
     */
    respond?(request: RecordedRequest, elsewhere: string): Reply;
    /** Options of the endpoint. */
    readonly endpoint?: Pick<EndpointOptions, 'connectionPolicy' | 'tls'> | undefined;
    /** Timeouts that the client must have to fail in time. */
    readonly timeouts?: ScenarioTimeouts | undefined;
    /** Maximum size of a response, in bytes, that the client must enforce. */
    readonly maxResponseBytes?: number | undefined;
    /** True if the client must not trust the endpoint's authority. */
    readonly isUntrusted?: boolean | undefined;
    /** True if the caller aborts as soon as the server has the request. */
    readonly isAborted?: boolean | undefined;
}
/**
 * The ways in which a call can fail: error statuses, redirects, broken bodies, streams and connections, timeouts, and an abort.
 * `runFailingScenarios` runs them all.
 *
 * @example
 * ```ts
 * import { failingScenarios } from '@crew/test-endpoint';
 *
 * for (const { name } of failingScenarios) console.log(name); // status 400, status 401, ...
 * ```
 */
export declare const failingScenarios: readonly FailingScenario[];

// failing-scenarios/run-failing-scenarios.d.ts
import type { RecordedRequest } from '../endpoint/recorded-request.ts';
import type { LeakHarness } from '../leak-harness/leak-harness.ts';
import { type ScenarioTimeouts } from './failing-scenarios.ts';
import { ScenarioClock } from './scenario-clock.ts';
/** Settings of the client for one scenario. */
export interface ScenarioSetting {
    /** URL to post requests to. */
    readonly endpoint: string;
    /** Certificate authority to trust, in PEM. Undefined over plain http and if the endpoint must not be trusted. */
    readonly ca: string | undefined;
    readonly timeouts: ScenarioTimeouts;
    /** Clock on which the timeouts pass as soon as the server has the request. Pass it to the client, or the run waits for them. */
    readonly clock: ScenarioClock;
    /** Maximum size of a response, in bytes. */
    readonly maxResponseBytes: number | undefined;
}
/** A client whose credentials are planted in the harness. */
export interface ScenarioClient {
    /** Calls of the client by name. Each must reject, also after `close()`. */
    readonly calls: Readonly<Record<string, (call: ScenarioCall) => Promise<unknown>>>;
    /** Objects that a program may print: the client itself, its options, its parts. */
    readonly objects: readonly unknown[];
    /** Returns true if the request carries the planted credentials. A scenario without such a request proves nothing. */
    hasCredentials(request: RecordedRequest): boolean;
    close?(): void | Promise<void>;
}
/** Arguments of a call in a scenario. */
export interface ScenarioCall {
    /** Signal that aborts the call. */
    readonly signal: AbortSignal;
    /** Callback that searches an event. Pass it as the client's event callback. */
    readonly onEvent: (event: unknown) => void;
    /** Searches any other output, such as the input of a tool or a stored value. */
    inspect(label: string, value: unknown): void;
}
/**
 * Runs every call of a client in every one of `failingScenarios` and has the harness search the output: printed text, errors, events,
 * the client's objects, the prompts, and the requests to another origin. Call `harness.assertClean()` afterwards.
 *
 * @throws Error that names the scenario if a call does not fail, or if no request with the credentials arrives.
 *
 * @example
 * ```ts
 * import { createLeakHarness, runFailingScenarios } from '@crew/test-endpoint';
 *
 * const harness = createLeakHarness();
 * const apiKey = harness.sentinel('api key');
 *
 * await runFailingScenarios(harness, ({ endpoint, timeouts, clock }) => ({
 *   calls: {
 *     async post({ signal }) {
 *       const finished = new AbortController();
 *       const timeout = new AbortController();
 *       const wait = Math.min(2_000, ...Object.values(timeouts));
 *       clock.sleep(wait, finished.signal).then(
 *         () => timeout.abort(),
 *         () => undefined,
 *       );
 *       await fetch(endpoint, {
 *         method: 'POST',
 *         headers: { authorization: `Bearer ${apiKey}` },
 *         body: '{}',
 *         redirect: 'manual',
 *         signal: AbortSignal.any([signal, timeout.signal]),
 *       })
 *         .then(response => response.text())
 *         .catch(() => undefined)
 *         .finally(() => finished.abort());
 *       throw new Error('The call failed.'); // A real client throws its own error here.
 *     },
 *   },
 *   objects: [],
 *   hasCredentials: ({ headers }) => headers['authorization'] === `Bearer ${apiKey}`,
 * }));
 * harness.assertClean();
 * ```
 */
export declare function runFailingScenarios(harness: LeakHarness, connect: (setting: ScenarioSetting) => ScenarioClient | Promise<ScenarioClient>): Promise<void>;

// failing-scenarios/scenario-clock.d.ts
/**
 * The clock of the clients of a scenario. It runs like the system clock and can also be moved forward, which ends the sleeps that are
 * due. Deadlines can therefore be long and still pass at the right moment on a busy machine.
 */
export declare class ScenarioClock {
    #private;
    /** Returns the milliseconds since the epoch. */
    wall(): number;
    /** Returns the milliseconds since a fixed moment. */
    monotonic(): number;
    /** Resolves after the given time, or when the clock is moved past it. Rejects with the abort reason if the signal aborts. */
    sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
    /** Moves the clock forward. */
    advance(milliseconds: number): void;
}

// fault/connection.d.ts
import type { Reply } from '../reply/reply.ts';
/**
 * Resets the connection (TCP RST) after the given number of bytes of the response, including its header section; 0 resets it before
 * the first byte. Over HTTP/2 only bytes of the body are counted, and 0 resets it before the headers.
 */
export declare function resetAfter(reply: Reply, bytes: number): Reply;
/** Resets the HTTP/2 stream (RST_STREAM, INTERNAL_ERROR), or the HTTP/1.1 connection, after the given number of bytes of the body. */
export declare function streamResetAfter(reply: Reply, bytes: number): Reply;
/**
 * Closes the connection with FIN after the given number of bytes of the body, before the announced `content-length` or the
 * terminating chunk. With `Infinity` only the terminating chunk is missing.
 */
export declare function truncated(reply: Reply, bytes: number): Reply;
/**
 * Responds as soon as the headers of the request have arrived, without reading its body, and closes the connection. The client may
 * get a broken pipe while it still writes, although the response can already be read. Takes effect for replies in the queue, not for
 * those of `respond`.
 */
export declare function answersBeforeBody(reply: Reply): Reply;
/** Sends `connection: close` and closes the connection. */
export declare function connectionClose(reply: Reply): Reply;
/** Sends the reply, then closes the kept-alive connection without notice after an idle time in milliseconds. */
export declare function closesIdleAfter(reply: Reply, milliseconds: number): Reply;
/**
 * Sends the reply, then closes the connection as soon as the next request arrives on it. It reproduces the race between a keep-alive
 * client and a server that closes idle connections. That request is not recorded; `endpoint.connections.dropped` counts it.
 */
export declare function closesOnReuse(reply: Reply): Reply;
/** Sends HTTP/2 GOAWAY with the reply (RFC 9113 section 6.8), so that the client opens another connection for its next request. */
export declare function sendsGoAway(reply: Reply): Reply;
/** Returns a loopback port on which nothing listens, so that connections to it are refused. */
export declare function refusedPort(): Promise<number>;

// fault/content.d.ts
import type { PayloadEdit, Reply, ReplyHeaders } from '../reply/reply.ts';
/** Adds header fields to the reply. They replace fields of the same name. */
export declare function withHeaders(reply: Reply, headers: ReplyHeaders): Reply;
/** Sends the reply with another media type. */
export declare function withContentType(reply: Reply, type: string): Reply;
/**
 * Changes the JSON of a completion before it is sent. `edit` is called with the body, or with each chunk of the stream and its
 * position. Use it to reproduce the deviations of real servers: a different `id` in every chunk, tool calls without `index`, content
 * in parts, extra keys.
 *
 * @example
 * ```ts
 * import { reshaped, startEndpoint, text } from '@crew/test-endpoint';
 *
 * const reply = reshaped(text('Hi'), payload => ({ ...payload, timings: { predicted_ms: 12 } }));
 * const endpoint = await startEndpoint({ replies: [reply] });
 * const response = await fetch(endpoint.url, { method: 'POST', body: '{}' });
 * console.log(await response.json()); // a completion with `timings`
 * await endpoint.close();
 * ```
 */
export declare function reshaped(reply: Reply, edit: PayloadEdit): Reply;
/**
 * Ends a stream after the given number of deltas with `data: {"error": ...}`, without a finish reason and `[DONE]`. A request without
 * `stream: true` gets a 500 with the same error.
 */
export declare function errorMidStream(reply: Reply, afterDeltas: number, error: unknown): Reply;
/** Ends the stream without `data: [DONE]`. */
export declare function noDone(reply: Reply): Reply;
/** Ends the lines of events with CR LF. */
export declare function crlf(reply: Reply): Reply;
/** Sends a comment line before each event, as servers do to keep a connection alive. */
export declare function withComments(reply: Reply, comments?: readonly string[]): Reply;

// fault/delivery.d.ts
import type { Delays, Delivery, Reply, ReplyHeaders } from '../reply/reply.ts';
/**
 * Delays the reply before the headers, before the body or between the writes of the body. A delay is a time in milliseconds of real
 * time, or a function whose promise ends it.
 *
 * @example
 * ```ts
 * import { delayed, startEndpoint, text } from '@crew/test-endpoint';
 *
 * const { promise, resolve } = Promise.withResolvers<void>();
 * const endpoint = await startEndpoint({ replies: [delayed(text('Hello'), { body: () => promise })] });
 *
 * const response = await fetch(endpoint.url, { method: 'POST', body: '{}' });
 * console.log(response.status); // 200: the headers are here, the body is not
 * resolve();
 * console.log(await response.text());
 *
 * await endpoint.close();
 * ```
 */
export declare function delayed(reply: Reply, delays: Delays): Reply;
/**
 * Sends the body in writes of the given sizes (the remainder in one last write), of one size, or byte by byte. Each write is a chunk
 * of the transfer coding (RFC 9112 section 7.1), so that a parser emits exactly these pieces.
 */
export declare function chunked(reply: Reply, sizes: NonNullable<Delivery['sizes']>): Reply;
/** Sends the body a few bytes at a time, as a slow but living server does. `everyMs` is the pause between two writes. */
export declare function throttled(reply: Reply, { bytesPerTick, everyMs }: {
    readonly bytesPerTick: number;
    readonly everyMs: number;
}): Reply;
/** Reads the request and never sends a response. */
export declare function neverAnswers(): Reply;
/** Sends an interim response (RFC 9110 section 15.2) before the reply, such as 103 with `link` fields. */
export declare function withInterim(reply: Reply, status: number, headers?: ReplyHeaders): Reply;
/** Sends the header section in several writes, split at the given positions. HTTP/1.1 only; closes the connection afterwards. */
export declare function splitHead(reply: Reply, positions: NonNullable<Delivery['headSplits']>): Reply;
/**
 * Replaces the header section with any string, such as a malformed one. The string includes the empty line. HTTP/1.1 only; closes the
 * connection afterwards. The reply determines the framing of the body, not the string: without a known length it is sent in chunks.
 */
export declare function rawHead(reply: Reply, head: string): Reply;
/** Returns the reply with parts of its delivery replaced. */
export declare function withDelivery(reply: Reply, delivery: Delivery): Reply;

// fault/size.d.ts
import type { ContentEncoding, Reply } from '../reply/reply.ts';
/** Responds with 200 and a header section of at least the given number of bytes, in fields of 1 KiB. */
export declare function headerBomb(bytes: number): Reply;
/** Compresses the body with a content coding. Apply it again for nested codings. */
export declare function compressed(reply: Reply, encoding: ContentEncoding): Reply;
/**
 * Responds with a valid completion of the given number of bytes (`Infinity` never ends), generated while the client reads it. It has
 * no line break: `withContentType(…, 'text/event-stream')` turns it into an endless line of a stream.
 */
export declare function huge(bytes: number): Reply;
/** Responds with a decompression bomb: a completion that is small on the wire and decodes to `decodedBytes` bytes. */
export declare function bomb({ decodedBytes, encoding, }: {
    readonly decodedBytes: number;
    readonly encoding: ContentEncoding;
}): Reply;

// index.d.ts
export type { ConnectionPolicy } from './endpoint/connections.ts';
export { type Endpoint, startEndpoint } from './endpoint/endpoint.ts';
export type { CredentialCheck, EndpointOptions, Refusal } from './endpoint/endpoint-options.ts';
export type { RecordedPeer, RecordedRequest, RecordedTls } from './endpoint/recorded-request.ts';
export type { RequestEnd } from './endpoint/request-log.ts';
export { type FailingScenario, failingScenarios, type ScenarioTimeouts, } from './failing-scenarios/failing-scenarios.ts';
export { runFailingScenarios, type ScenarioCall, type ScenarioClient, type ScenarioSetting, } from './failing-scenarios/run-failing-scenarios.ts';
export type { ScenarioClock } from './failing-scenarios/scenario-clock.ts';
export { answersBeforeBody, closesIdleAfter, closesOnReuse, connectionClose, refusedPort, resetAfter, sendsGoAway, streamResetAfter, truncated, } from './fault/connection.ts';
export { crlf, errorMidStream, noDone, reshaped, withComments, withContentType, withHeaders } from './fault/content.ts';
export { chunked, delayed, neverAnswers, rawHead, splitHead, throttled, withInterim } from './fault/delivery.ts';
export { bomb, compressed, headerBomb, huge } from './fault/size.ts';
export { createLeakHarness, type ForbiddenOrigin, type Leak, type LeakHarness, type WatchOutcome, } from './leak-harness/leak-harness.ts';
export type { SecretForm } from './leak-harness/secret-search.ts';
export { type ManualClock, type ManualClockOptions, manualClock } from './manual-clock.ts';
export { detectPrototypePollution } from './prototype-pollution.ts';
export { type Proxy, type ProxyOptions, type ProxyRequest, startProxy } from './proxy/proxy.ts';
export { json, redirect, type SseOptions, type StatusOptions, sse, status, type TextOptions, type ToolCallsOptions, text, toolCalls, } from './reply/builders.ts';
export { contextOverflow, type ErrorBodyOptions, type ErrorForm, errorBody, errorEvent, html, quotaExhausted, type RateLimitedOptions, rateLimited, } from './reply/errors.ts';
export type { Body, BodyPiece, Completion, CompletionPayload, CompletionToolCall, CompletionUsage, ContentEncoding, Cut, Delay, Delays, Delivery, PayloadEdit, Reply, ReplyHeaders, SseFrame, StreamEdits, } from './reply/reply.ts';
export { simulatedModel } from './simulated-model.ts';
export type { StrictRule } from './strict-server/rules.ts';
export { type StrictServer, type StrictServerOptions, type StrictTurn, strictServer, type Violation, } from './strict-server/strict-server.ts';
export type { StrictServerKind } from './strict-server/vendors.ts';
export { findSystemProgram } from './system-program.ts';
export { type AuthorityOptions, type CertificateAuthority, createAuthority, type IssuedCertificate, } from './tls/authority.ts';
export type { CertificateRequest, KeyType } from './tls/certificate.ts';
export type { EndpointTls } from './tls/endpoint-tls.ts';
export { type ResourceTracker, type TrackOptions, trackResources } from './track-resources.ts';

// leak-harness/leak-harness.d.ts
import { type SecretForm } from './secret-search.ts';
/** A secret found in a place where it must not be. */
export interface Leak {
    /** Label of the secret. Undefined for a request to a forbidden origin. */
    readonly secret: string | undefined;
    /** Place of the secret, such as `stdout`, `thrown error.cause.message` or `event (JSON.stringify)`. */
    readonly place: string;
    readonly form: SecretForm | 'request';
    /** Text around the secret, with the secret replaced by its label. */
    readonly excerpt: string;
}
/** Outcome of a watched scenario: its value or its error. */
export type WatchOutcome<T> = {
    readonly value: T;
    readonly error?: undefined;
} | {
    readonly value?: undefined;
    readonly error: unknown;
};
/** An origin that must not receive requests: an endpoint of `startEndpoint`, or any other recorder of requests. */
export interface ForbiddenOrigin {
    readonly origin: string;
    readonly requests: readonly {
        readonly method: string;
        readonly path: string;
    }[];
}
/**
 * Creates a harness that plants secrets and detects them wherever a program prints, stores or sends them: raw, in base64 and base64url
 * at any alignment, percent-encoded, in hex, escaped, and as a list of bytes. The memory of the process is not searched.
 *
 * @example
 * ```ts
 * import { createLeakHarness, startEndpoint, status } from '@crew/test-endpoint';
 *
 * const harness = createLeakHarness();
 * const apiKey = harness.sentinel('api key');
 * const endpoint = await startEndpoint({ replies: [status(500)] });
 *
 * await harness.watch(async () => {
 *   const response = await fetch(endpoint.url, { method: 'POST', headers: { authorization: `Bearer ${apiKey}` } });
 *   throw new Error(`The endpoint returned ${response.status}.`);
 * });
 * harness.assertClean(); // throws if the key was printed or is part of the error
 *
 * await endpoint.close();
 * ```
 */
export declare function createLeakHarness(): LeakHarness;
/** A harness that plants secrets and collects their leaks. Create one with `createLeakHarness`. */
export declare class LeakHarness {
    #private;
    /** Creates a secret, `sk-SENTINEL-<32 hex digits>`, for use as a credential. */
    sentinel(label: string): string;
    /**
     * Registers an existing secret, such as a password, a private key or a minted token, and returns it.
     *
     * @throws RangeError if it has fewer than 8 characters, or if a label, which reports show, contains a secret.
     */
    plant(label: string, value: string): string;
    /**
     * Runs a scenario and searches its output (stdout, stderr, console, process warnings) and the error that it throws. Resolves to the
     * outcome and never rejects. `label` names the scenario in the report.
     */
    watch<T>(scenario: () => T | Promise<T>, label?: string): Promise<WatchOutcome<T>>;
    /** Searches every textual form of a value: its properties, messages and stacks, `util.inspect`, `JSON.stringify` and others. */
    inspect(label: string, value: unknown): void;
    /** Searches an event. Pass it as a callback for events. */
    readonly onEvent: (event: unknown) => void;
    /** Searches the names and contents of all files below a folder. */
    inspectFiles(folder: string): Promise<void>;
    /** Searches a prompt or reply of the model: a string or messages. */
    inspectPrompt(prompt: unknown): void;
    /** Registers an endpoint that must not receive any request. It is checked when the report is created. */
    forbidOrigin(endpoint: ForbiddenOrigin): void;
    /** Returns the distinct leaks found so far. */
    report(): readonly Leak[];
    /** Throws an error that lists the leaks, without the secrets, if there are any. */
    assertClean(): void;
}

// leak-harness/secret-search.d.ts
/** An occurrence of a secret in a text. */
interface Match {
    readonly secret: Secret;
    readonly form: SecretForm;
    /** The searched text, possibly decoded. */
    readonly text: string;
    /** Position of the secret in `text`. */
    readonly start: number;
    readonly end: number;
}
/** Searches the text for the secrets in every form. Returns at most one match per secret and form. */
export declare function search(text: string, secrets: readonly Secret[]): Match[];
/** Form of a secret in a text. `bytes` is a list of decimal byte values, as JSON and `util.inspect` show binary data. */
export type SecretForm = 'raw' | 'base64' | 'base64url' | 'percent' | 'hex' | 'escaped' | 'bytes';
/** A value that must not appear anywhere, with the strings to search for. */
export interface Secret {
    readonly label: string;
    /** The value in lower case; the comparison ignores case. */
    readonly plain: string;
    readonly base64: readonly string[];
    readonly base64url: readonly string[];
    readonly hex: string;
    readonly bytes: string;
}
/** Prepares a secret for the search. */
export declare function secretOf(label: string, value: string): Secret;
/** Returns the text around a match, with every form of every secret replaced by its label. */
export declare function maskedExcerpt(match: Match, secrets: readonly Secret[]): string;
/** Replaces the secrets in a text by their labels. A text that contains a secret only after decoding is withheld as a whole. */
export declare function maskAll(text: string, secrets: readonly Secret[]): string;
export {};

// manual-clock.d.ts
/** Options of `manualClock`. */
export interface ManualClockOptions {
    /** Initial wall-clock time, in milliseconds since the epoch. Default: 2026-01-01T00:00:00Z. */
    readonly wall?: number | undefined;
}
/**
 * Creates a clock that stands still until a test moves it. Inject it into the code under test; real sockets keep working.
 *
 * @example
 * ```ts
 * import { manualClock } from '@crew/test-endpoint';
 *
 * const clock = manualClock();
 * const woken = clock.sleep(60_000).then(() => console.log('awake at', clock.monotonic()));
 *
 * await clock.advance(60_000); // prints `awake at 60000`, at once
 * await woken;
 * ```
 */
export declare function manualClock(options?: ManualClockOptions): ManualClock;
/** A wall clock, monotonic clock and sleep, moved by hand. Create one with `manualClock`. All times are in milliseconds. */
export declare class ManualClock {
    #private;
    constructor(wall: number);
    /** Returns the milliseconds since the epoch. */
    wall(): number;
    /** Returns the milliseconds by which the clock has advanced since its creation. */
    monotonic(): number;
    /** Number of pending sleeps. */
    get sleepers(): number;
    /**
     * Resolves when the clock has advanced by the given time, or immediately if the time is not positive. Rejects with the abort reason,
     * without leaving a listener, if the signal aborts first.
     */
    sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
    /**
     * Moves both clocks forward. Sleepers wake in order, each at its own time. The work that a sleeper starts (a further sleep, a request
     * on a loopback socket with an immediate response) settles before the next sleeper wakes.
     */
    advance(milliseconds: number): Promise<void>;
    /** Moves only the wall clock, as an operator or NTP does. Sleepers are not affected. */
    jumpWall(milliseconds: number): void;
    /** Resolves when at least the given number of sleeps is pending. */
    whenSleeping(count?: number): Promise<void>;
}

// prototype-pollution.d.ts
/**
 * Runs the action while `Object.prototype` has a property of each given name, and returns the names that were read there with the
 * lines that read them. Only files whose path contains `file` are considered. Use it to prove that a polluted `Object.prototype`
 * cannot supply options.
 *
 * @example
 * ```ts
 * import { detectPrototypePollution } from '@crew/test-endpoint';
 *
 * const reads = await detectPrototypePollution(['timeout'], import.meta.filename, () => {
 *   const options: { timeout?: number } = {};
 *   return options.timeout;
 * });
 * console.log(reads.length); // 1: the option was read from `Object.prototype`
 * ```
 */
export declare function detectPrototypePollution(names: readonly string[], file: string, action: () => unknown): Promise<readonly string[]>;

// proxy/proxy.d.ts
import { type EndpointTls } from '../tls/endpoint-tls.ts';
/** Options of `startProxy`. */
export interface ProxyOptions {
    /** Credentials to require by `proxy-authenticate: Basic`. Requests without them get 407 (RFC 9110 section 15.5.8). */
    readonly auth?: {
        readonly username: string;
        readonly password: string;
    } | undefined;
    /** Serves TLS between the client and the proxy. Default: plain text. */
    readonly tls?: boolean | EndpointTls | undefined;
    /** Status to send to every request instead of connecting. */
    readonly refuse?: number | undefined;
    /**
     * Addresses of authorities (`host:port`), so that a test can use any host name: `{ 'api.example:443': '127.0.0.1:40123' }`. Other
     * authorities are resolved normally.
     */
    readonly hosts?: Readonly<Record<string, string>> | undefined;
}
/** A request to the proxy. Requests inside a tunnel are not visible to it. */
export interface ProxyRequest {
    /** `CONNECT`, or the method of a forwarded request. */
    readonly method: string;
    /** Target, as `host:port`. */
    readonly authority: string;
    /** Absolute URL of a forwarded request. */
    readonly url?: string | undefined;
    /** Header fields by lower-case name, including `proxy-authorization`, without a prototype. */
    readonly headers: Readonly<Record<string, string>>;
    /** Status that the proxy sent: 200 for an open tunnel; 0 for a forwarded request until the origin responds. */
    readonly status: number;
}
/** A running proxy. Create one with `startProxy`. */
export interface Proxy extends AsyncDisposable {
    /** URL for the client's proxy option, without credentials. */
    readonly url: string;
    readonly port: number;
    /** Certificate authority to trust, in PEM. Undefined without TLS. */
    readonly ca: string | undefined;
    /** The requests so far, refused ones included. */
    readonly requests: readonly ProxyRequest[];
    /** Numbers of client connections that are open and that were accepted in total. */
    readonly connections: {
        readonly open: number;
        readonly total: number;
    };
    /** Closes the port, every connection and every tunnel. */
    close(): Promise<void>;
}
/**
 * Starts an HTTP proxy on a free loopback port. It opens CONNECT tunnels (RFC 9110 section 9.3.6), forwards requests in absolute form
 * (RFC 9112 section 3.2.2) and records the requests.
 *
 * @example
 * ```ts
 * import { request } from 'node:http';
 * import { startEndpoint, startProxy, text } from '@crew/test-endpoint';
 *
 * const endpoint = await startEndpoint({ replies: [text('Hello')] });
 * const proxy = await startProxy({ auth: { username: 'crew', password: 'secret' } });
 *
 * // A request in absolute form; pass `proxy.url` to the client under test instead.
 * const authorization = `Basic ${Buffer.from('crew:secret').toString('base64')}`;
 * const headers = { 'proxy-authorization': authorization };
 * const options = { host: '127.0.0.1', port: proxy.port, path: endpoint.url, method: 'POST', headers, agent: false };
 * await new Promise(resolve => request(options, response => response.resume().on('end', resolve)).end('{}'));
 * console.log(proxy.requests[0]?.status, endpoint.requests.length); // 200 1
 *
 * await proxy.close();
 * await endpoint.close();
 * ```
 */
export declare function startProxy(options?: ProxyOptions): Promise<Proxy>;

// reply/builders.d.ts
import type { Body, Completion, CompletionToolCall, Reply, ReplyHeaders, SseFrame, StreamEdits } from './reply.ts';
/** Options of `text`. */
export interface TextOptions extends Omit<Completion, 'text'> {
    readonly headers?: ReplyHeaders | undefined;
}
/**
 * Responds with a text completion, as JSON or, if the request sets `stream: true`, as a stream of events.
 *
 * @example
 * ```ts
 * import { startEndpoint, text } from '@crew/test-endpoint';
 *
 * const endpoint = await startEndpoint({
 *   replies: [text('Hello', { model: 'small', usage: { prompt_tokens: 11, completion_tokens: 2 } })],
 * });
 * const response = await fetch(endpoint.url, { method: 'POST', body: '{"messages":[]}' });
 * console.log(await response.json());
 * await endpoint.close();
 * ```
 */
export declare function text(content: string, options?: TextOptions): Reply;
/** Options of `toolCalls`. */
export interface ToolCallsOptions extends Omit<Completion, 'toolCalls'> {
    readonly headers?: ReplyHeaders | undefined;
}
/**
 * Responds with tool calls, as JSON or, if the request sets `stream: true`, as a stream of events.
 *
 * @example
 * ```ts
 * import { startEndpoint, toolCalls } from '@crew/test-endpoint';
 *
 * const endpoint = await startEndpoint({
 *   replies: [
 *     toolCalls([
 *       { name: 'add', arguments: { a: 2, b: 3 } },
 *       { name: 'add', arguments: '{"a":2,', id: 'call_broken' }, // malformed on purpose
 *     ]),
 *   ],
 * });
 * const response = await fetch(endpoint.url, { method: 'POST', body: '{"messages":[]}' });
 * console.log(await response.json());
 * await endpoint.close();
 * ```
 */
export declare function toolCalls(calls: readonly CompletionToolCall[], options?: ToolCallsOptions): Reply;
/** Options of `status`. */
export interface StatusOptions {
    readonly headers?: ReplyHeaders | undefined;
    /**
     * Response body. Strings, bytes and lists of them are sent unchanged, any other object as JSON. Default: an OpenAI error object
     * for a status from 400, otherwise empty.
     */
    readonly body?: Body | object | undefined;
}
/** Responds with a status and any body. */
export declare function status(code: number, options?: StatusOptions): Reply;
/** Responds with a JSON value. */
export declare function json(value: unknown, options?: {
    readonly status?: number | undefined;
    readonly headers?: ReplyHeaders | undefined;
}): Reply;
/** Redirects to another location (RFC 9110 section 15.4), with an empty body. */
export declare function redirect(status: 301 | 302 | 303 | 307 | 308, location: string): Reply;
/** Options of `sse`. */
export interface SseOptions extends StreamEdits {
    /** Default 200. */
    readonly status?: number | undefined;
    readonly headers?: ReplyHeaders | undefined;
}
/**
 * Responds with the given server-sent events, whether or not the request asks for a stream. The events of a list are each followed by
 * a blank line; a string or bytes are sent unchanged. Nothing is added: include `data: [DONE]` in the list if it is needed.
 */
export declare function sse(events: readonly SseFrame[] | string | Uint8Array, options?: SseOptions): Reply;

// reply/errors.d.ts
import type { Reply, ReplyHeaders } from './reply.ts';
/**
 * Format of an error response. `openai`: OpenAI's error object. `numeric-code`: the same with a number as `code` and without `param`.
 * `bare`: the object without the surrounding `error`. `text`: plain text. `html`: an HTML page.
 */
export type ErrorForm = 'openai' | 'numeric-code' | 'bare' | 'text' | 'html';
/** Options of `errorBody`. */
export interface ErrorBodyOptions {
    /** Format of the response. Default `openai`. */
    readonly form?: ErrorForm | undefined;
    readonly message?: string | undefined;
    readonly type?: string | undefined;
    readonly code?: string | number | undefined;
    readonly headers?: ReplyHeaders | undefined;
    /** Additional fields of the error object. */
    readonly details?: object | undefined;
}
/**
 * Responds with an error in one of the formats that real servers use.
 *
 * @example
 * ```ts
 * import { errorBody, startEndpoint } from '@crew/test-endpoint';
 *
 * const endpoint = await startEndpoint({
 *   replies: [errorBody(400, { message: 'No such model', code: 'model_not_found' }), errorBody(502, { form: 'html' })],
 * });
 * for (let request = 0; request < 2; request += 1) {
 *   const response = await fetch(endpoint.url, { method: 'POST', body: '{}' });
 *   console.log(response.status, await response.text());
 * }
 * await endpoint.close();
 * ```
 */
export declare function errorBody(status: number, options?: ErrorBodyOptions): Reply;
/** Responds with an HTML page, as gateways do. Default status 502. */
export declare function html(message: string, options?: {
    readonly status?: number | undefined;
    readonly headers?: ReplyHeaders | undefined;
}): Reply;
/** Responds with 400 `exceed_context_size_error`: the prompt exceeds the model's context window. */
export declare function contextOverflow(size?: {
    readonly promptTokens?: number | undefined;
    readonly contextWindow?: number | undefined;
}): Reply;
/** Options of `rateLimited`. */
export interface RateLimitedOptions {
    /** Value of `retry-after`: seconds or an HTTP date (RFC 9110 section 10.2.3). Default: no such header. */
    readonly retryAfter?: number | string | undefined;
    readonly headers?: ReplyHeaders | undefined;
}
/**
 * Responds with 429: too many requests.
 *
 * @example
 * ```ts
 * import { rateLimited, startEndpoint, text } from '@crew/test-endpoint';
 *
 * // The client is expected to wait for 2 seconds and to try again.
 * const endpoint = await startEndpoint({ replies: [rateLimited({ retryAfter: 2 }), text('Hello')] });
 * const response = await fetch(endpoint.url, { method: 'POST', body: '{}' });
 * console.log(response.status, response.headers.get('retry-after')); // 429 2
 * await endpoint.close();
 * ```
 */
export declare function rateLimited({ retryAfter, headers }?: RateLimitedOptions): Reply;
/** Responds with 429 `insufficient_quota`: the account has no quota left, so waiting does not help. */
export declare function quotaExhausted(options?: {
    readonly headers?: ReplyHeaders | undefined;
}): Reply;
/**
 * Responds to `stream: true` with status 200 and a stream whose only event is the error, as some servers do, and with 500 to other
 * requests.
 */
export declare function errorEvent(error: unknown): Reply;

// reply/reply.d.ts
/**
 * A response of the endpoint. It is plain data, so a test can also write one by hand. Set at most one of `completion`, `frames`, `json`
 * and `body`; without any of them the body is empty.
 */
export interface Reply {
    /** Status code. Default 200. */
    readonly status?: number | undefined;
    /** Header fields, added to those that the body implies. They replace fields of the same name. */
    readonly headers?: ReplyHeaders | undefined;
    /** A model turn, sent as JSON or, if the request sets `stream: true`, as server-sent events. */
    readonly completion?: Completion | undefined;
    /** Server-sent events, sent whether or not the request asks for a stream. */
    readonly frames?: readonly SseFrame[] | undefined;
    /** A value to send as JSON. */
    readonly json?: unknown;
    /** A body to send unchanged. */
    readonly body?: Body | undefined;
    /** Edit of the JSON of `completion`, called with the body, or with each chunk of the stream and its position. */
    readonly reshape?: PayloadEdit | undefined;
    /** Changes to the events of `completion` or `frames`. */
    readonly stream?: StreamEdits | undefined;
    /** Content codings, applied in this order. */
    readonly encodings?: readonly ContentEncoding[] | undefined;
    /** Timing, splitting and truncation of the response. */
    readonly delivery?: Delivery | undefined;
}
/** Header fields by name. A list sends the field once per value; an empty list removes an implied field. */
export type ReplyHeaders = Readonly<Record<string, string | readonly string[]>>;
/** A piece of a body. A string is sent as UTF-8. */
export type BodyPiece = string | Uint8Array;
/** A body: one piece, a list of pieces (one write each), or a function that generates them under back-pressure. */
export type Body = BodyPiece | readonly BodyPiece[] | (() => Iterable<BodyPiece> | AsyncIterable<BodyPiece>);
/** A content coding of RFC 9110 section 8.4.1. */
export type ContentEncoding = 'gzip' | 'deflate' | 'br';
/** A turn of the model, independent of whether the request asks for a stream. */
export interface Completion {
    readonly text?: string | undefined;
    /** Fragments of `text` in a stream. Default: one per word. */
    readonly deltas?: readonly string[] | undefined;
    /** Reasoning text, sent as `reasoning_content`. */
    readonly reasoning?: string | undefined;
    readonly toolCalls?: readonly CompletionToolCall[] | undefined;
    /** Finish reason. `null` omits the field. Default `tool_calls` if there are tool calls, otherwise `stop`. */
    readonly finishReason?: string | null | undefined;
    /** Token counts. `null` omits the field. Default: an estimate of one token per four characters. */
    readonly usage?: CompletionUsage | null | undefined;
    /** Model name. Default: the requested model, or `test-model`. */
    readonly model?: string | undefined;
    /** Completion ID. Default `chatcmpl-<request index>`. */
    readonly id?: string | undefined;
}
/** A tool call of a completion. */
export interface CompletionToolCall {
    readonly name: string;
    /** Arguments. An object is sent as JSON; a string is sent unchanged, so that it can be malformed. */
    readonly arguments: object | string;
    /** Call ID. Default `call_<position>_<request index>`. */
    readonly id?: string | undefined;
    /** Fragments of the arguments in a stream. Default: pieces of 12 characters. */
    readonly fragments?: readonly string[] | undefined;
    /** In a stream, sends the first fragment in the same delta as the name. Default false. */
    readonly joined?: boolean | undefined;
}
/** Token counts in the wire format. `total_tokens` defaults to the sum. */
export interface CompletionUsage {
    readonly prompt_tokens?: number | undefined;
    readonly completion_tokens?: number | undefined;
    readonly total_tokens?: number | undefined;
    readonly prompt_tokens_details?: {
        readonly cached_tokens?: number | undefined;
    } | undefined;
    readonly completion_tokens_details?: {
        readonly reasoning_tokens?: number | undefined;
    } | undefined;
}
/** A chat completion, or a chunk of one, as JSON. */
export interface CompletionPayload {
    readonly [field: string]: unknown;
    readonly choices: readonly {
        readonly [field: string]: unknown;
        readonly message?: Readonly<Record<string, unknown>> | undefined;
        readonly delta?: Readonly<Record<string, unknown>> | undefined;
    }[];
}
/** Callback that returns a changed completion, or a changed chunk of one. */
export type PayloadEdit = (payload: CompletionPayload, position: number) => CompletionPayload;
/** An event: its lines (`data: ...`, without the blank line at the end), or an object that is sent as `data: <JSON>`. */
export type SseFrame = string | object;
/** Changes to the events of a reply. */
export interface StreamEdits {
    /** Final `data: [DONE]`. `false` omits it. Default true. */
    readonly done?: boolean | undefined;
    /** Line ending (WHATWG server-sent events allow all three). Default `\n`. */
    readonly lineEnd?: '\n' | '\r\n' | '\r' | undefined;
    /** Comment lines, sent in turn, one before each event. */
    readonly comments?: readonly string[] | undefined;
    /**
     * Error that ends the stream after `afterDeltas` deltas, as `data: {"error": ...}` without a finish reason and `[DONE]`. The delta
     * that contains only the role is not counted; -1 sends the error before it.
     */
    readonly error?: {
        readonly afterDeltas: number;
        readonly error: unknown;
    } | undefined;
}
/** Timing, splitting and truncation of a response. All members are independent of each other. */
export interface Delivery {
    readonly delays?: Delays | undefined;
    /** Sizes of the successive writes of the body, with the remainder in one write. A number applies to every write. */
    readonly sizes?: readonly number[] | number | 'every-byte' | undefined;
    /** Positions at which the header section is split into separate writes. HTTP/1.1 only. */
    readonly headSplits?: readonly number[] | 'every-byte' | undefined;
    /** Replacement of the whole header section, including the empty line. HTTP/1.1 only. */
    readonly rawHead?: string | undefined;
    /** Interim responses (RFC 9110 section 15.2) before the final one. */
    readonly interim?: readonly {
        readonly status: number;
        readonly headers?: ReplyHeaders | undefined;
    }[] | undefined;
    readonly cut?: Cut | undefined;
    /** Reads the request and sends no response. */
    readonly silent?: boolean | undefined;
    /** Responds as soon as the header section of the request has arrived, then closes the connection. */
    readonly beforeBody?: boolean | undefined;
    /**
     * Treatment of the connection after the response. `closeIdle`: close it without notice after an idle time in milliseconds.
     * `close-on-reuse`: close it when the next request arrives, which is not recorded. `go-away`: send HTTP/2 GOAWAY with the response
     * (RFC 9113 section 6.8).
     */
    readonly afterwards?: {
        readonly closeIdle: number;
    } | 'close-on-reuse' | 'go-away' | undefined;
}
/** Delays of a response. They end as soon as the client disconnects or the endpoint closes. */
export interface Delays {
    /** Delay before the status line. */
    readonly headers?: Delay | undefined;
    /** Delay between the header section and the body. */
    readonly body?: Delay | undefined;
    /** Delay between two writes of the body. */
    readonly betweenChunks?: Delay | undefined;
}
/**
 * A delay: a time in milliseconds, or a function that is called when the delay begins and whose promise ends it. With a function the
 * test decides when the reply continues, without a timer.
 */
export type Delay = number | (() => Promise<unknown>);
/** Truncation of a response. */
export interface Cut {
    /** Number of bytes to send first, of the whole response or of the body after its content coding. */
    readonly after: number;
    readonly of: 'response' | 'body';
    /** `reset`: TCP RST. `end`: FIN, as from a server that considers the response complete. `stream`: HTTP/2 RST_STREAM. */
    readonly by: 'reset' | 'end' | 'stream';
}

// simulated-model.d.ts
import type { RecordedRequest } from './endpoint/recorded-request.ts';
import type { Reply } from './reply/reply.ts';
/**
 * Returns a `respond` callback that simulates a model deterministically, for examples and tests that do not script replies. It calls
 * the first offered tool that has a text parameter once, with the keywords of the question, and then replies with the sentences of the
 * tool's results that match the question best. Without tools it takes the sentences from the context in the prompt. The question is
 * the first paragraph of the last user message before any tool call.
 *
 * @example
 * ```ts
 * import { simulatedModel, startEndpoint } from '@crew/test-endpoint';
 *
 * const endpoint = await startEndpoint({ respond: simulatedModel() });
 * const content = 'When is low tide?\n\nHigh tide is at noon. Low tide is at six.';
 * const body = JSON.stringify({ messages: [{ role: 'user', content }] });
 * const response = await fetch(endpoint.url, { method: 'POST', body });
 * console.log(await response.text());
 * await endpoint.close();
 * ```
 */
export declare function simulatedModel(): (request: RecordedRequest) => Reply;

// strict-server/chat-request.d.ts
import type { RecordedRequest } from '../endpoint/recorded-request.ts';
/** A chat-completions request as it was sent. Values of the wrong type are kept, so that rules can name them. */
export interface ChatRequest {
    readonly fields: Fields;
    readonly messages: readonly ChatMessage[];
    readonly tools: readonly ChatTool[];
}
/** The members of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>;
/** A message of a request. */
export interface ChatMessage {
    readonly fields: Fields;
    readonly role: string;
    /** The text of the message, with the texts of its parts joined. Undefined if it has no content. */
    readonly text: string | undefined;
    readonly calls: readonly ChatCall[];
}
/** A tool call in an assistant message. */
export interface ChatCall {
    readonly fields: Fields;
    readonly id: string;
    readonly name: string;
    readonly arguments: unknown;
}
/** A tool that a request offers. */
export interface ChatTool {
    readonly name: string;
    readonly parameters: unknown;
}
/** Reads the parts of a request that rules look at. */
export declare function readChatRequest(request: RecordedRequest): ChatRequest;
/** Returns the members of an object, or none for any other value. */
export declare function fieldsOf(value: unknown): Fields;

// strict-server/rules.d.ts
import type { Reply } from '../reply/reply.ts';
import { type ChatCall, type ChatMessage, type ChatRequest } from './chat-request.ts';
/** The rule of a strict server that a request breaks. */
export type StrictRule = 'request-form' | 'role-order' | 'tool-name' | 'tool-call-id' | 'tool-results' | 'tool-schema' | 'tools-missing' | 'arguments' | 'blank-text' | 'text-encoding' | 'reasoning' | 'thought-signature' | 'unknown-field' | 'script-ended';
/** A broken rule, in the words of the server. */
export interface Problem {
    readonly rule: StrictRule;
    readonly message: string;
    /** Path of the value, for servers that name it. */
    readonly path?: readonly (string | number)[] | undefined;
    readonly code?: string | undefined;
    /** The value that the server quotes. */
    readonly input?: unknown;
}
/** A check of a request. Returns the problem, or undefined. */
export type Rule = (request: ChatRequest) => Problem | undefined;
/** One kind of strict server. */
export interface Vendor {
    readonly rules: readonly Rule[];
    /** Returns the error response in the vendor's form. */
    readonly refuse: (problem: Problem) => Reply;
    /** Returns the vendor's form of the ID of the call with this number, counted from 0 over all turns. */
    readonly callId: (number: number) => string;
    /** Returns true if the turn that answers the request has `reasoning_content`. Default: never. */
    readonly reasons?: ((request: ChatRequest) => boolean) | undefined;
}
/** Requires a list of at least one message, each with a known role. */
export declare const requestForm: Rule;
/** Requires `^[a-zA-Z0-9_-]{1,64}$` of every name of a tool: offered, and called in the history. */
export declare function toolNames(wording: (name: string, path: string) => string, code?: string): Rule;
/** Requires a form of every tool-call ID, and that no two calls of a message have the same. */
export declare function toolCallIds(isValid: (id: string) => boolean, wording: (id: string, path: string) => string, code?: string): Rule;
/** Sentences of `toolResults`. */
export interface ToolResultWordings {
    readonly unanswered: (ids: readonly string[], at: number) => string;
    readonly unexpected: (id: string, at: number) => string;
}
/** Requires that the tool messages behind each assistant message answer each of its calls exactly once, and nothing else. */
export declare function toolResults(wordings: ToolResultWordings, code?: string): Rule;
/** Requires `type: "object"` of the parameters of every tool. */
export declare function toolSchemas(wording: (name: string, type: string) => string, code?: string): Rule;
/** Requires that the arguments of every call are the JSON text of an object. */
export declare function objectArguments(wording: (call: ChatCall) => string): Rule;
/** Returns true unless the request switches thinking off, with the field that DeepSeek and Kimi share. */
export declare function isThinking({ fields }: ChatRequest): boolean;
/** Applies a rule only while thinking is on. */
export declare function whileThinking(rule: Rule): Rule;
/** Requires the same of each message, by its position. */
export declare function messageRule(rule: StrictRule, wording: (message: ChatMessage, at: number) => string | undefined): Rule;
/** Requires that each message has a role that may follow the one before. */
export declare function roleOrder(mayFollow: Readonly<Record<string, readonly string[]>>, wording: (role: string, before: string) => string, code?: string): Rule;
/** Requires well-formed Unicode in every text: servers that parse JSON strictly refuse half of a surrogate pair. */
export declare const wellFormedText: Rule;
/** The fields that a server accepts: of a request, of a message of each role, and of a tool call. */
export interface KnownFields {
    readonly request: readonly string[];
    readonly messages: Readonly<Record<string, readonly string[]>>;
    readonly call: readonly string[];
    readonly streamOptions: readonly string[];
}
/** Refuses every field that is not known. `rolePath` adds the role to the path of a message, as one server does. */
export declare function onlyKnownFields(known: KnownFields, wording: (path: string) => string, { rolePath, code }?: {
    readonly rolePath?: boolean;
    readonly code?: string;
}): Rule;
/** Returns a number in base 36 behind zeros. */
export declare function padded(number: number, length: number): string;

// strict-server/strict-server.d.ts
import type { RecordedRequest } from '../endpoint/recorded-request.ts';
import type { Completion, Reply } from '../reply/reply.ts';
import type { StrictRule } from './rules.ts';
import { type StrictServerKind } from './vendors.ts';
/** Options of `strictServer`. */
export interface StrictServerOptions {
    /**
     * Turns of the model, in order, or a callback that returns the turn for a valid request. The provider's own fields are
     * added: IDs of tool calls, `reasoning_content`, thought signatures. A valid request without a turn left gets status 501.
     * Default: the text `Done.` for every valid request.
     */
    readonly turns?: readonly StrictTurn[] | ((request: RecordedRequest) => StrictTurn) | undefined;
}
/** A turn of the model: a text, or a completion with `text` or `toolCalls`. */
export type StrictTurn = string | Completion;
/** A request that broke a rule. */
export interface Violation {
    /** `index` of the recorded request. */
    readonly request: number;
    readonly rule: StrictRule;
    /** The server's sentence. */
    readonly message: string;
}
/** A `respond` callback that validates requests as one kind of server does. */
export interface StrictServer {
    (request: RecordedRequest): Reply;
    /** The requests that were refused so far, in order. Tests expect `[]`. */
    readonly violations: readonly Violation[];
}
/**
 * Returns a `respond` callback that validates each request as a kind of real server does, and refuses it with that server's error
 * body and status. A valid request gets the next turn of the script, as JSON or as a stream.
 *
 * Rules of every kind: the form of names and IDs of tools, an answer to every tool call, `type: "object"` in schemas of
 * parameters, well-formed Unicode. `openai`: IDs of at most 40 characters, no unknown field. `deepseek`: `reasoning_content` on
 * every assistant message. `kimi`: `reasoning_content` beside tool calls; both unless `thinking` is disabled. `gemini`: the
 * thought signature on the first call of a batch. `mistral`: IDs of nine letters or digits, no `user` behind `tool`, no unknown
 * field. `bedrock-like`: no blank text, tools wherever the history has calls. `alternating`: `user` and `assistant` in turn.
 *
 * @example
 * ```ts
 * import { startEndpoint, strictServer } from '@crew/test-endpoint';
 *
 * const server = strictServer('mistral', { turns: ['Hello'] });
 * const endpoint = await startEndpoint({ respond: server });
 * const messages = [{ role: 'user', content: 'Hi', name: 'Ada' }];
 * const response = await fetch(endpoint.url, { method: 'POST', body: JSON.stringify({ messages }) });
 * console.log(response.status, server.violations[0]?.rule); // 422 unknown-field
 * await endpoint.close();
 * ```
 */
export declare function strictServer(kind: StrictServerKind, options?: StrictServerOptions): StrictServer;

// strict-server/thought-signatures.d.ts
import type { CompletionPayload } from '../reply/reply.ts';
import type { Rule } from './rules.ts';
/** The thought signatures that one server has put on its tool calls. */
export declare class ThoughtSignatures {
    #private;
    /**
     * Requires a signature on the first call of each batch since the last user message, and that every signature is one of
     * this server or a sentinel.
     */
    readonly rule: Rule;
    /** Returns an edit that puts a new signature on the first call of a completion, and of its stream. */
    sign(): (payload: CompletionPayload) => CompletionPayload;
}

// strict-server/vendors.d.ts
import { type Vendor } from './rules.ts';
import type { ThoughtSignatures } from './thought-signatures.ts';
/**
 * The kind of a strict server. `openai`, `deepseek` (V4), `kimi` (K2 with thinking), `gemini` (3, through its OpenAI-compatible
 * URL) and `mistral` refuse as the vendors document it. `bedrock-like`: a gateway before Bedrock's Converse API. `alternating`: a
 * server with a chat template that demands alternating roles, as vLLM runs them.
 */
export type StrictServerKind = 'openai' | 'deepseek' | 'kimi' | 'gemini' | 'mistral' | 'bedrock-like' | 'alternating';
/** Returns the rules and forms of one kind of server. */
export declare function vendor(kind: StrictServerKind, signatures: ThoughtSignatures): Vendor;

// system-program.d.ts
/**
 * Returns the path of a system program that some tests require, or undefined if it is not installed. Register those tests only if the
 * program exists. The first call for a missing program prints its name and how to install it to stderr.
 *
 * @throws Error for a missing program if the environment variable `CREW_REQUIRE_SYSTEM` is 1. Set it for runs that must not skip tests.
 *
 * @example
 * ```ts no-run
 * import { findSystemProgram } from '@crew/test-endpoint';
 * import { describe, test } from 'vitest';
 *
 * const nginx = findSystemProgram('nginx');
 * if (nginx !== undefined) {
 *   describe('a client behind nginx', () => {
 *     test('connects', () => console.log(nginx));
 *   });
 * }
 * ```
 */
export declare function findSystemProgram(name: string): string | undefined;

// tls/authority.d.ts
import { type CertificateRequest, type KeyType } from './certificate.ts';
/** A certificate with its private key and chain. */
export interface IssuedCertificate {
    /** The certificate alone, in PEM. */
    readonly certificate: string;
    /** The private key (PKCS #8), in PEM. */
    readonly key: string;
    /** The certificate and the intermediates, without the root, in PEM. */
    readonly chain: string;
    /** The root certificate, in PEM. */
    readonly root: string;
    /** SHA-256 fingerprint of the DER form, in upper-case hex with colons, as in node:tls. */
    readonly fingerprint256: string;
}
/** Options of `createAuthority`. */
export interface AuthorityOptions {
    /** Common name. Default `Test Root`, or `Test Intermediate` for an intermediate. */
    readonly commonName?: string | undefined;
    /** Default `p256`. */
    readonly keyType?: KeyType | undefined;
    /** Start of validity. Default: one hour ago. */
    readonly notBefore?: Date | undefined;
    /** End of validity. Default: in one day. */
    readonly notAfter?: Date | undefined;
}
/** A certificate authority in memory. */
export interface CertificateAuthority {
    /** Certificate of the authority, in PEM. */
    readonly certificate: string;
    /** Private key of the authority (PKCS #8), in PEM. */
    readonly key: string;
    /** Issues a certificate with a new key. */
    issue(request: CertificateRequest): Promise<IssuedCertificate>;
    /** Creates an intermediate authority. Its certificates carry the whole chain. */
    intermediate(options?: AuthorityOptions): Promise<CertificateAuthority>;
}
/**
 * Creates a certificate authority at run time: a self-signed root (RFC 5280) whose key stays in memory.
 *
 * @example
 * ```ts
 * import { request } from 'node:https';
 * import { createAuthority, startEndpoint, text } from '@crew/test-endpoint';
 *
 * const authority = await createAuthority();
 * const client = await authority.issue({ commonName: 'crew', uri: ['spiffe://example.org/crew'], usage: 'client' });
 * const endpoint = await startEndpoint({ tls: { authority }, clientCertificate: 'require', replies: [text('Hi')] });
 *
 * const options = { method: 'POST', ca: endpoint.ca, key: client.key, cert: client.chain, agent: false };
 * await new Promise(resolve =>
 *   request(endpoint.url, options, response => response.resume().on('end', resolve)).end('{}'),
 * );
 * console.log(endpoint.requests[0]?.tls?.peer?.subject); // CN=crew
 * await endpoint.close();
 * ```
 */
export declare function createAuthority(options?: AuthorityOptions): Promise<CertificateAuthority>;

// tls/certificate.d.ts
import { webcrypto } from 'node:crypto';
/** Properties of a certificate to issue. */
export interface CertificateRequest {
    readonly commonName: string;
    /** DNS names of the subject alternative name (RFC 5280 section 4.2.1.6). */
    readonly dns?: readonly string[] | undefined;
    /** IP addresses of the subject alternative name. */
    readonly ip?: readonly string[] | undefined;
    /** URIs of the subject alternative name, such as a SPIFFE ID. */
    readonly uri?: readonly string[] | undefined;
    /** Extended key usage (RFC 5280 section 4.2.1.12). `none` omits the extension. Default `server`. */
    readonly usage?: 'server' | 'client' | 'both' | 'none' | undefined;
    /** Default `p256`. */
    readonly keyType?: KeyType | undefined;
    /** Start of validity. Default: one hour ago. */
    readonly notBefore?: Date | undefined;
    /** End of validity. Default: in one day. */
    readonly notAfter?: Date | undefined;
}
/** A certificate with its key, which can sign other certificates. */
export interface SigningIdentity {
    readonly certificate: string;
    readonly key: string;
    readonly fingerprint256: string;
    readonly keys: webcrypto.CryptoKeyPair;
}
/**
 * Issues a certificate: for an end entity if `usage` is set, otherwise for an authority. Without an issuer the certificate is
 * self-signed.
 */
export declare function issueCertificate(request: CertificateRequest, keys: webcrypto.CryptoKeyPair, issuer: SigningIdentity | undefined): Promise<SigningIdentity>;
/** Type of a key pair. `rsa` has 2048 bits, `rsa-1024` is weak on purpose, `p256` is the ECDSA curve. */
export type KeyType = 'rsa' | 'rsa-1024' | 'p256' | 'ed25519';
/** Generates an exportable key pair. */
export declare function generateKeys(type: KeyType): Promise<webcrypto.CryptoKeyPair>;

// tls/endpoint-tls.d.ts
import type { SecureVersion } from 'node:tls';
import { type CertificateAuthority, type IssuedCertificate } from './authority.ts';
/** TLS options of an endpoint or a proxy. */
export interface EndpointTls {
    /** Authority that issues the server's certificate; `endpoint.ca` returns its certificate. Default: a new one. */
    readonly authority?: CertificateAuthority | undefined;
    /** Certificate of the server. Default: issued by `authority` for `localhost`, `127.0.0.1` and `::1`. */
    readonly certificate?: IssuedCertificate | undefined;
    readonly minVersion?: SecureVersion | undefined;
    readonly maxVersion?: SecureVersion | undefined;
}
/** The certificate of a server on loopback and the authority that issued it. */
export interface ServerIdentity {
    /** Root certificate that a client must trust, in PEM. */
    readonly ca: string;
    readonly certificate: IssuedCertificate;
}
/** Returns the configured certificate, or issues one for loopback. */
export declare function serverIdentity(tls: EndpointTls): Promise<ServerIdentity>;
/** Returns the options with which node:tls presents a certificate and its chain. */
export declare function keyPair(certificate: IssuedCertificate): {
    readonly key: string;
    readonly cert: string;
};

// track-resources.d.ts
import { EventEmitter } from 'node:events';
/** Options of `trackResources`. */
export interface TrackOptions {
    /**
     * Time, in milliseconds, that `check` waits for resources that are being closed. Default 2,000. It is counted in pauses of ten
     * milliseconds, so that it lasts longer on a busy machine.
     */
    readonly within?: number | undefined;
}
/** A running resource tracker. Start one with `trackResources`. */
export interface ResourceTracker {
    /** Also reports listeners that are added to an emitter, or to an AbortSignal (`abort`), and not removed. */
    watch(target: EventEmitter | EventTarget, label: string): void;
    /**
     * Waits until every resource is closed, at most for `within` milliseconds, and stops tracking.
     *
     * @throws Error that lists each open resource and the line that created it.
     */
    check(): Promise<void>;
}
/**
 * Tracks sockets, servers, timers, child processes and process listeners that code leaves open, including those that do not keep the
 * process alive (`unref`). Call it at the top of a test file, and `check` in the first `afterAll`: test runners run these hooks last to
 * first, so `check` runs after the hooks that close resources.
 *
 * Timers of Node itself (such as that of the cached `date` header) and of the test runner are not counted.
 *
 * @example
 * ```ts no-run
 * import { startEndpoint, text, trackResources } from '@crew/test-endpoint';
 * import { afterAll, test } from 'vitest';
 *
 * const resources = trackResources();
 * afterAll(() => resources.check());
 *
 * test('closes its sockets', async () => {
 *   const endpoint = await startEndpoint({ replies: [text('Hello')] });
 *   await fetch(endpoint.url, { method: 'POST', body: '{}' });
 *   await endpoint.close();
 * });
 * ```
 */
export declare function trackResources(options?: TrackOptions): ResourceTracker;
