// The public surface of @crew/test-endpoint. Written by `pnpm api:update`; see docs/versions.md.

// accept.d.ts
import type { Server } from 'node:net';
import type { Connections } from './connections.ts';
/**
 * What becomes of a new TCP connection: `serve` it; `reset` it at once; `silence`: accept it and never say anything, so that not
 * even a TLS handshake gets an answer.
 */
export type Accept = 'serve' | 'reset' | 'silence';
export interface Gate {
    accept: Accept;
}
/** Stands between the server's socket and its protocol, and counts every connection. */
export declare function gateConnections(server: Server, accept: Accept, connections: Connections): Gate;

// connections.d.ts
import type { Socket } from 'node:net';
/** One TCP connection of a client. */
export interface Connection {
    readonly id: number;
    /** The TCP socket, under TLS too. */
    readonly tcp: Socket;
    /**
     * Called when it is closed: by requests that are being answered, and by those that were. One listener on the socket serves all,
     * however many requests share it.
     */
    readonly answering: Set<() => void>;
    readonly answered: Set<() => void>;
    /** Requests that came on it. */
    requests: number;
    /** The next request on it is met by a closed socket. */
    closeOnReuse: boolean;
    idleTimer: NodeJS.Timeout | undefined;
}
/** Every TCP connection that a server accepted. */
export declare class Connections {
    #private;
    get open(): number;
    get total(): number;
    get dropped(): number;
    add(tcp: Socket): void;
    /** The connection on which a socket (the TLS one, or the stand-in that HTTP/2 gives) lives. */
    of(socket: {
        readonly remotePort?: number | undefined;
    }): Connection | undefined;
    /** Closes a connection that a client tried to use again. */
    drop(connection: Connection): void;
    /** Closes a connection unless a request arrives on it within so many milliseconds. */
    closeWhenIdle(connection: Connection, milliseconds: number): void;
    /** Lets go of what waits for the end of connections on behalf of answered requests. */
    forgetAnswered(): void;
    destroyAll(): void;
    /** Resolves when no connection is open. */
    whenIdle(): Promise<void>;
}

// endpoint-options.d.ts
import type { Accept } from './accept.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { Reply, ReplyHeaders } from './reply/reply.ts';
import type { EndpointTls } from './tls/endpoint-tls.ts';
/** What a credential check answers when it turns a request away. */
export interface Refusal {
    readonly status: number;
    readonly headers?: ReplyHeaders | undefined;
    /** An object is sent as JSON. */
    readonly body?: string | object | undefined;
}
/** Decides about a request's credential: `true`, or the refusal to answer. */
export type CredentialCheck = (request: RecordedRequest) => true | Refusal | Promise<true | Refusal>;
export interface EndpointOptions {
    /** https with a certificate made now, for `localhost`, `127.0.0.1` and `::1`, unless others are given. Default: plain http. */
    readonly tls?: boolean | EndpointTls | undefined;
    /** Offer HTTP/2 and HTTP/1.1 by ALPN. Implies `tls`. Default: HTTP/1.1 alone. */
    readonly http2?: boolean | undefined;
    /** Whether the client is asked for a certificate, and refused in the handshake without a valid one. Default `ignore`. */
    readonly clientCertificate?: 'ignore' | 'request' | 'require' | undefined;
    /** PEM certificates that client certificates must chain to. Default: the endpoint's own authority. */
    readonly clientAuthorities?: readonly string[] | undefined;
    /** Called for each request before a reply is chosen; a refused request uses up no reply. Default: all are let in. */
    readonly credential?: CredentialCheck | undefined;
    /** The first replies of the queue. */
    readonly replies?: readonly Reply[] | undefined;
    /** Asked when the queue is empty. Without it such a request is answered 501 and `verify()` throws. */
    readonly respond?: ((request: RecordedRequest) => Reply | Promise<Reply>) | undefined;
    /** The path that is served, without query; others are answered 404. `*` serves every path. Default `/v1/chat/completions`. */
    readonly path?: string | undefined;
    /** The loopback address to listen on. Default `127.0.0.1`. */
    readonly host?: '127.0.0.1' | '::1' | 'localhost' | undefined;
    /** What becomes of new connections. Default `serve`; `setAccept` changes it. */
    readonly accept?: Accept | undefined;
    /** Idle milliseconds after which a kept-alive connection is closed, announced in `keep-alive`. Default 5,000. */
    readonly keepAliveTimeout?: number | undefined;
}
/** @throws TypeError for options that cannot be meant. */
export declare function checkOptions({ tls, http2, clientCertificate, path }: EndpointOptions): void;

// endpoint.d.ts
import type { Server } from 'node:net';
import { type Accept, type Gate } from './accept.ts';
import { Connections } from './connections.ts';
import { type CredentialCheck, type EndpointOptions } from './endpoint-options.ts';
import { Exchanges } from './exchange.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { Reply } from './reply/reply.ts';
import type { RequestEnd } from './request-log.ts';
import type { IssuedCertificate } from './tls/authority.ts';
/**
 * Starts a programmable chat-completions endpoint on a free loopback port.
 *
 * @throws TypeError when the options contradict each other.
 * @example
 * await using endpoint = await startEndpoint({ replies: [text('Hello')] });
 * const response = await fetch(endpoint.url, { method: 'POST', body: JSON.stringify({ messages: [] }) });
 */
export declare function startEndpoint(options?: EndpointOptions): Promise<Endpoint>;
interface EndpointParts {
    readonly server: Server;
    readonly gate: Gate;
    readonly connections: Connections;
    readonly exchanges: Exchanges;
    readonly origin: string;
    readonly port: number;
    readonly path: string | undefined;
    readonly ca: string | undefined;
}
/** A running endpoint. Made by `startEndpoint`. */
export declare class Endpoint implements AsyncDisposable {
    #private;
    /** The full URL to post to. */
    readonly url: string;
    readonly origin: string;
    readonly port: number;
    /** PEM of the authority to trust; undefined without TLS. */
    readonly ca: string | undefined;
    constructor(parts: EndpointParts);
    /** Every request whose body has arrived, in that order. */
    get requests(): readonly RecordedRequest[];
    /** Adds replies to the end of the queue. */
    reply(...replies: readonly Reply[]): void;
    /** How many replies wait to be used. */
    get pending(): number;
    /**
     * Checks that the script was played to its end.
     *
     * @throws Error when replies are unused, a request found no reply, or a callback threw.
     */
    verify(): void;
    /** Connections open now, accepted so far, and dropped when they were used again (`closesOnReuse`). */
    get connections(): {
        readonly open: number;
        readonly total: number;
        readonly dropped: number;
    };
    /** The requests (that satisfy the predicate) whose connection or HTTP/2 stream is closed. */
    closed(predicate?: (request: RecordedRequest) => boolean): readonly RecordedRequest[];
    /** Resolves when the socket (HTTP/1.1) or stream (HTTP/2) of the request is closed. */
    whenClosed(request: RecordedRequest): Promise<RequestEnd>;
    /** Resolves with the next request to arrive. Rejects when the endpoint closes first. */
    nextRequest(): Promise<RecordedRequest>;
    /** Forgets the requests so far, for a run of so many that their bodies would fill the memory. */
    clear(): void;
    /** Resolves when no connection is open. */
    whenIdle(): Promise<void>;
    /** Replaces the credential check from the next request on. */
    setCredential(check: CredentialCheck | undefined): void;
    /** Changes what becomes of new connections, from the next one on. */
    setAccept(accept: Accept): void;
    /** Replaces the server's certificate from the next handshake on. */
    setCertificate(certificate: IssuedCertificate): void;
    /** Closes the port, every connection and every timer. May be called again. */
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
export {};

// exchange.d.ts
import type { Connections } from './connections.ts';
import type { CredentialCheck, EndpointOptions } from './endpoint-options.ts';
import { type AnyServerResponse, type ServerRequest } from './incoming.ts';
import type { Reply } from './reply/reply.ts';
import { RequestLog } from './request-log.ts';
/** Receives requests and answers each: record, check the credential, choose a reply, send it. */
export declare class Exchanges {
    #private;
    readonly log: RequestLog;
    readonly queue: Reply[];
    /** What `verify` reports beside unused replies. */
    readonly complaints: string[];
    credential: CredentialCheck | undefined;
    origin: string;
    constructor(options: EndpointOptions, connections: Connections);
    run(request: ServerRequest, response: AnyServerResponse): Promise<void>;
}

// failing-scenarios/failing-scenarios.d.ts
import type { EndpointOptions } from '../endpoint-options.ts';
import type { RecordedRequest } from '../recorded-request.ts';
import type { Reply } from '../reply/reply.ts';
/** How long a client waits at the most, in milliseconds; what is absent is left to it. */
export interface ScenarioTimeouts {
    /** Until a connection is made. */
    readonly connect?: number | undefined;
    /** From sending a request to the first byte of the answer. */
    readonly firstByte?: number | undefined;
    /** Between two pieces of the answer. */
    readonly idle?: number | undefined;
    /** For everything together. */
    readonly total?: number | undefined;
}
/** One way in which a call fails while, or after, its credential was sent. */
export interface FailingScenario {
    readonly name: string;
    /**
     * What the server answers: most answers send back all that the server was sent, in every form. `elsewhere` is the
     * origin of a server that must get nothing. Absent where no request arrives.
     */
    respond?(request: RecordedRequest, elsewhere: string): Reply;
    /** How the endpoint is started. */
    readonly endpoint?: Pick<EndpointOptions, 'accept' | 'tls'> | undefined;
    /** What the client needs so that it fails soon. */
    readonly timeouts?: ScenarioTimeouts | undefined;
    /** The most bytes that the client may take as an answer. */
    readonly maxResponseBytes?: number | undefined;
    /** The client is not to trust the endpoint's authority. */
    readonly distrusts?: boolean | undefined;
    /** The caller aborts as soon as the server has the request. */
    readonly aborts?: boolean | undefined;
}
/** The ways in which a call fails: refusals, redirects, broken bodies, streams and connections, and waits that end. */
export declare const failingScenarios: readonly FailingScenario[];

// failing-scenarios/run-failing-scenarios.d.ts
import type { LeakHarness } from '../leak-harness/leak-harness.ts';
import type { RecordedRequest } from '../recorded-request.ts';
import { type ScenarioTimeouts } from './failing-scenarios.ts';
import { ScenarioClock } from './scenario-clock.ts';
/** What a client is made with for one scenario. */
export interface ScenarioSetting {
    /** The URL to post to. */
    readonly endpoint: string;
    /** PEM of the authority to trust; undefined over plain http, and where the endpoint is not to be trusted. */
    readonly ca: string | undefined;
    readonly timeouts: ScenarioTimeouts;
    /**
     * A clock on which the deadlines of `timeouts` pass as soon as the server has the request. Give it to the client: with
     * another one the run waits for them.
     */
    readonly clock: ScenarioClock;
    /** The most bytes that an answer may have. */
    readonly maxResponseBytes: number | undefined;
}
/** A client whose credentials were planted in the harness. */
export interface ScenarioClient {
    /** The ways of asking it, by name. Each must reject, also after `close()`. */
    readonly calls: Readonly<Record<string, (call: ScenarioCall) => Promise<unknown>>>;
    /** What a program may print: the client itself, its options, its parts. */
    readonly objects: readonly unknown[];
    /** Whether a request carries the planted credentials: a scenario that sent none would show nothing. */
    isSent(request: RecordedRequest): boolean;
    close?(): void | Promise<void>;
}
/** One call of a scenario. */
export interface ScenarioCall {
    /** Ends the call. */
    readonly signal: AbortSignal;
    /** To be told of every event. */
    readonly events: (event: unknown) => void;
    /** Searches whatever else comes out: what a tool is given, what is stored. */
    show(label: string, value: unknown): void;
}
/**
 * Lets each way of asking a client fail in every way of `failingScenarios`, and has the harness search all that comes out: what is
 * printed and thrown, events, the client's objects, what the model was sent, and what another origin was sent. The report is the
 * caller's to ask for.
 *
 * @throws Error naming the scenario, when a call does not fail, or when no request with the credentials arrived.
 */
export declare function runFailingScenarios(harness: LeakHarness, connect: (setting: ScenarioSetting) => ScenarioClient | Promise<ScenarioClient>): Promise<void>;

// failing-scenarios/scenario-clock.d.ts
/**
 * The clock of the clients of one scenario: time passes as on the machine, and can be moved on, which ends the sleeps that are
 * due. A deadline can so be long, and nevertheless pass at the right moment however busy the machine is.
 */
export declare class ScenarioClock {
    #private;
    /** Milliseconds since the epoch. */
    wall(): number;
    /** Milliseconds since some fixed moment. */
    monotonic(): number;
    /** Resolves after the time, or when the clock was moved past it; rejects with the reason of an aborted signal. */
    sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
    /** Moves the time on. */
    skip(milliseconds: number): void;
}

// fault/answers-before-body.d.ts
import type { Reply } from '../reply/reply.ts';
/**
 * Answers once the headers of the request are there, without reading its body, and closes. The client may meet a broken pipe
 * while it still writes; the answer is already there to be read. Works from the queue, not from `respond`.
 */
export declare function answersBeforeBody(reply: Reply): Reply;

// fault/chunked.d.ts
import type { Reply } from '../reply/reply.ts';
import type { Delivery } from '../wire/delivery.ts';
/**
 * The body in writes of the given sizes (what is left over in one last write), of one size, or byte by byte. Each write is a chunk of
 * the transfer coding (RFC 9112 section 7.1), so that a parser hands the body on in exactly these pieces.
 */
export declare function chunked(reply: Reply, sizes: NonNullable<Delivery['sizes']>): Reply;
/** The body a few bytes at a time: a peer that is alive and all but silent. */
export declare function dripped(reply: Reply, { bytesPerTick, everyMs }: {
    readonly bytesPerTick: number;
    readonly everyMs: number;
}): Reply;

// fault/cut.d.ts
import type { Reply } from '../reply/reply.ts';
/**
 * Resets the connection (TCP RST) after so many bytes of the response, status line and headers included; 0 is before any. HTTP/2
 * counts the bytes of the body, and 0 is before the headers.
 */
export declare function resetAfter(reply: Reply, bytes: number): Reply;
/** Resets the HTTP/2 stream alone (RST_STREAM, INTERNAL_ERROR) after so many bytes of the body. Over HTTP/1.1 the connection. */
export declare function streamResetAfter(reply: Reply, bytes: number): Reply;
/**
 * Ends the connection cleanly (FIN) after so many bytes of the body, although more were promised: in the middle of `content-length`, or
 * without the terminating chunk (with `Infinity`: that alone).
 */
export declare function truncated(reply: Reply, bytes: number): Reply;

// fault/delayed.d.ts
import type { Reply } from '../reply/reply.ts';
import type { Delays } from '../wire/delivery.ts';
/**
 * Waits before the headers, before the body, or between its writes: milliseconds of the server's real clock, or until the
 * promise of a function is settled.
 *
 * @example
 * const { promise, resolve } = Promise.withResolvers<void>();
 * endpoint.reply(delayed(text('Hello'), { body: () => promise }));
 */
export declare function delayed(reply: Reply, delays: Delays): Reply;

// fault/head.d.ts
import type { Reply, ReplyHeaders } from '../reply/reply.ts';
import type { Delivery } from '../wire/delivery.ts';
/** An interim response (RFC 9110 section 15.2) before the reply: 102, or 103 with `link` fields, say. */
export declare function withInterim(reply: Reply, status: number, headers?: ReplyHeaders): Reply;
/** The status line and header section in several writes, split at these positions. HTTP/1.1; closes the connection afterwards. */
export declare function splitHead(reply: Reply, positions: NonNullable<Delivery['headSplits']>): Reply;
/**
 * Replaces the status line and header section by any text, its empty line included, for instance a malformed one. HTTP/1.1; closes the
 * connection afterwards. The body is framed by the reply, not by this text: with no known length it is sent in chunks.
 */
export declare function rawHead(reply: Reply, head: string): Reply;

// fault/headers.d.ts
import type { Reply, ReplyHeaders } from '../reply/reply.ts';
/** The reply with more header fields; they replace fields of the same name. */
export declare function withHeaders(reply: Reply, headers: ReplyHeaders): Reply;
/** The reply under another media type. */
export declare function withContentType(reply: Reply, type: string): Reply;
/** A 200 with a header section of at least so many bytes, in fields of 1 KiB. */
export declare function headerBomb(bytes: number): Reply;

// fault/keep-alive.d.ts
import type { Reply } from '../reply/reply.ts';
/** Says `connection: close` and closes. */
export declare function connectionClose(reply: Reply): Reply;
/** Answers as usual, then closes the kept-alive connection, unannounced, after so many idle milliseconds. */
export declare function closesIdleAfter(reply: Reply, milliseconds: number): Reply;
/**
 * Answers as usual; the next request on the same connection finds it closed before any answer byte: the race that every
 * keep-alive client loses now and then, made certain. That request is neither recorded nor answered, only counted in
 * `endpoint.connections.dropped`.
 */
export declare function closesOnReuse(reply: Reply): Reply;
/** Answers as usual and tells the client to use another connection for what follows: HTTP/2 GOAWAY (RFC 9113 section 6.8). */
export declare function goesAway(reply: Reply): Reply;

// fault/never-answers.d.ts
import type { Reply } from '../reply/reply.ts';
/** Reads the request and never answers. */
export declare function neverAnswers(): Reply;

// fault/refused-port.d.ts
/** A loopback port where nothing listens: a connection to it is refused. */
export declare function refusedPort(): Promise<number>;

// fault/reshaped.d.ts
import type { PayloadEdit, Reply } from '../reply/reply.ts';
/**
 * The reply with its JSON changed: called with the body, or with each chunk of the stream and its position, before it is sent. For
 * the deviations of real servers: another `id` in every chunk, tool calls without `index`, content in parts, extra keys.
 *
 * @example
 * reshaped(text('Hi'), chunk => ({ ...chunk, timings: { predicted_ms: 12 } }));
 */
export declare function reshaped(reply: Reply, edit: PayloadEdit): Reply;

// fault/size.d.ts
import type { ContentEncoding, Reply } from '../reply/reply.ts';
/** The reply under a content coding. */
export declare function compressed(reply: Reply, encoding: ContentEncoding): Reply;
/**
 * A valid completion of so many bytes (`Infinity` never ends), made while it is sent, as fast as the client reads. There is no line end
 * in it: with `withContentType(…, 'text/event-stream')` it is an endless line of a stream.
 */
export declare function huge(bytes: number): Reply;
/** A few bytes that decode to a great many: a completion of `decodedBytes` under a content coding. */
export declare function bomb({ decodedBytes, encoding, }: {
    readonly decodedBytes: number;
    readonly encoding: ContentEncoding;
}): Reply;

// fault/stream.d.ts
import type { Reply } from '../reply/reply.ts';
/**
 * A stream that fails after so many deltas: `data: {"error": ...}` and the end, without finish reason and `[DONE]`. A request without
 * `stream: true` gets 500 with the same error.
 */
export declare function errorMidStream(reply: Reply, afterDeltas: number, error: unknown): Reply;
/** A stream that ends without `data: [DONE]`. */
export declare function noDone(reply: Reply): Reply;
/** Events whose lines end in CR LF. */
export declare function crlf(reply: Reply): Reply;
/** A comment line, as servers send to keep a connection alive, before each event. */
export declare function withComments(reply: Reply, comments?: readonly string[]): Reply;

// incoming.d.ts
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { RecordedRequest, RecordedTls } from './recorded-request.ts';
export type ServerRequest = IncomingMessage | Http2ServerRequest;
export type AnyServerResponse = ServerResponse | Http2ServerResponse;
/** The request's body as far as it arrived. */
export interface ReadBody {
    readonly bytes: Uint8Array;
    readonly complete: boolean;
}
export declare function readBody(request: ServerRequest): Promise<ReadBody>;
export declare function recordRequest(request: ServerRequest, { bytes, complete }: ReadBody, place: {
    readonly index: number;
    readonly connection: number;
    readonly priorRequests: number;
    readonly origin: string;
    readonly tls: RecordedTls | undefined;
}): RecordedRequest;
/** What is known of the client's TLS. Taken when the request arrives: a closed socket no longer tells. */
export declare function recordTls(request: ServerRequest): RecordedTls | undefined;
/**
 * Fields by lower-case name; repeated ones joined. The pseudo-header fields of HTTP/2 are left out, but for `:authority`, which
 * stands for `host` (RFC 9113 section 8.3.1).
 */
export declare function joinedHeaders(raw: readonly string[]): Record<string, string>;

// index.d.ts
export type { Accept } from './accept.ts';
export { type Endpoint, startEndpoint } from './endpoint.ts';
export type { CredentialCheck, EndpointOptions, Refusal } from './endpoint-options.ts';
export { type FailingScenario, failingScenarios, type ScenarioTimeouts, } from './failing-scenarios/failing-scenarios.ts';
export { runFailingScenarios, type ScenarioCall, type ScenarioClient, type ScenarioSetting, } from './failing-scenarios/run-failing-scenarios.ts';
export type { ScenarioClock } from './failing-scenarios/scenario-clock.ts';
export { answersBeforeBody } from './fault/answers-before-body.ts';
export { chunked, dripped } from './fault/chunked.ts';
export { resetAfter, streamResetAfter, truncated } from './fault/cut.ts';
export { delayed } from './fault/delayed.ts';
export { rawHead, splitHead, withInterim } from './fault/head.ts';
export { headerBomb, withContentType, withHeaders } from './fault/headers.ts';
export { closesIdleAfter, closesOnReuse, connectionClose, goesAway } from './fault/keep-alive.ts';
export { neverAnswers } from './fault/never-answers.ts';
export { refusedPort } from './fault/refused-port.ts';
export { reshaped } from './fault/reshaped.ts';
export { bomb, compressed, huge } from './fault/size.ts';
export { crlf, errorMidStream, noDone, withComments } from './fault/stream.ts';
export { createLeakHarness, type ForbiddenOrigin, type Leak, type LeakHarness, type Outcome, } from './leak-harness/leak-harness.ts';
export type { SecretForm } from './leak-harness/secret.ts';
export { type ManualClock, type ManualClockOptions, manualClock } from './manual-clock.ts';
export { prototypeReads } from './prototype-reads.ts';
export { type Proxy, type ProxyOptions, type ProxyRequest, startProxy } from './proxy/proxy.ts';
export type { RecordedPeer, RecordedRequest, RecordedTls } from './recorded-request.ts';
export type { Completion, CompletionToolCall, CompletionUsage } from './reply/completion.ts';
export { contextOverflow, type ErrorBodyOptions, type ErrorForm, errorBody, errorEvent, html, quotaExhausted, type RateLimitedOptions, rateLimited, } from './reply/error-body.ts';
export type { SseFrame, StreamEdits } from './reply/frames.ts';
export { json } from './reply/json.ts';
export { redirect } from './reply/redirect.ts';
export type { Body, BodyPiece, CompletionPayload, ContentEncoding, PayloadEdit, Reply, ReplyHeaders, } from './reply/reply.ts';
export { type SseOptions, sse } from './reply/sse.ts';
export { type StatusOptions, status } from './reply/status.ts';
export { type TextOptions, text } from './reply/text.ts';
export { type ToolCallsOptions, toolCalls } from './reply/tool-calls.ts';
export type { RequestEnd } from './request-log.ts';
export { standIn } from './stand-in/stand-in.ts';
export { systemProgram } from './system-program.ts';
export { type AuthorityOptions, type CertificateAuthority, type CertificateRequest, createAuthority, type IssuedCertificate, } from './tls/authority.ts';
export type { EndpointTls } from './tls/endpoint-tls.ts';
export type { KeyType } from './tls/key-type.ts';
export { type ResourceTracker, type TrackOptions, trackResources } from './track-resources.ts';
export type { Cut, Delay, Delays, Delivery } from './wire/delivery.ts';

// leak-harness/leak-harness.d.ts
import { type SecretForm } from './secret.ts';
/** A secret where it must not be. */
export interface Leak {
    /** The label of the secret; undefined when an origin that should get nothing got a request. */
    readonly secret: string | undefined;
    /** For instance `stdout`, `thrown error.cause.message`, `event (JSON.stringify)`. */
    readonly place: string;
    readonly form: SecretForm | 'request';
    /** The surroundings, with the secret replaced by its label. */
    readonly excerpt: string;
}
/** How a watched scenario ended. */
export type Outcome<T> = {
    readonly value: T;
    readonly error?: undefined;
} | {
    readonly value?: undefined;
    readonly error: unknown;
};
/** An endpoint, as far as the harness must know it: what `startEndpoint` gives, or any recorder of requests. */
export interface ForbiddenOrigin {
    readonly origin: string;
    readonly requests: readonly {
        readonly method: string;
        readonly path: string;
    }[];
}
/**
 * Makes a harness that plants secrets and finds them wherever a program shows, stores or sends them: raw, in base64 and base64url at any
 * alignment, percent-encoded, in hex, escaped, as a list of bytes. The memory of the process is no such place.
 *
 * @example
 * const harness = createLeakHarness();
 * const apiKey = harness.sentinel('api key');
 * await harness.watch(() => callThatFails({ apiKey, onEvent: harness.events }));
 * harness.assertClean();
 */
export declare function createLeakHarness(): LeakHarness;
/** Plants secrets and collects their leaks. Made by `createLeakHarness`. */
export declare class LeakHarness {
    #private;
    /** Makes a new secret, `sk-SENTINEL-<32 hex digits>`, to be used as a credential. */
    sentinel(label: string): string;
    /**
     * Also looks for a secret of another shape: a password, a private key, a token that was minted.
     *
     * @throws RangeError when it has fewer than 8 characters, or when a label, which reports show, would show a secret.
     */
    plant(label: string, value: string): string;
    /**
     * Runs a scenario and searches what it prints (stdout, stderr, console, process warnings) and what it throws. Resolves to its outcome
     * and never rejects. `label` names the scenario in the report.
     */
    watch<T>(scenario: () => T | Promise<T>, label?: string): Promise<Outcome<T>>;
    /** Searches a value in every way in which it can become text. */
    inspect(label: string, value: unknown): void;
    /** Searches an event. May be handed over as a callback. */
    readonly events: (event: unknown) => void;
    /** Searches the names and the contents of all files below a folder. */
    files(folder: string): Promise<void>;
    /** Searches what the model was sent, or said: text, or messages. */
    prompts(prompt: unknown): void;
    /** Names an endpoint that must not receive a single request. Looked at when the report is made. */
    origin(endpoint: ForbiddenOrigin): void;
    /** The leaks found so far, each once. */
    report(): readonly Leak[];
    /** @throws Error that lists the leaks, without the secrets. */
    assertClean(): void;
}

// leak-harness/secret.d.ts
/** How a secret appears in a text. `bytes` is a list of decimal byte values, as JSON and inspect show binary data. */
export type SecretForm = 'raw' | 'base64' | 'base64url' | 'percent' | 'hex' | 'escaped' | 'bytes';
/** A value that must not appear anywhere, and what to look for. */
export interface Secret {
    readonly label: string;
    /** Compared without regard to case. */
    readonly plain: string;
    readonly base64: readonly string[];
    readonly base64url: readonly string[];
    readonly hex: string;
    readonly bytes: string;
}
export declare function secretOf(label: string, value: string): Secret;

// manual-clock.d.ts
export interface ManualClockOptions {
    /** The wall clock at the start, in milliseconds since the epoch. Default: 2026-01-01T00:00:00Z. */
    readonly wall?: number | undefined;
}
/** A clock that stands still until a test moves it. */
export declare function manualClock(options?: ManualClockOptions): ManualClock;
/** Wall clock, monotonic clock and sleep, all moved by hand. Made by `manualClock`. Times in milliseconds. */
export declare class ManualClock {
    #private;
    constructor(wall: number);
    /** Milliseconds since the epoch. */
    wall(): number;
    /** Milliseconds since the clock was made. */
    monotonic(): number;
    /** How many sleeps are under way. */
    get sleepers(): number;
    /**
     * Resolves once the clock was advanced by so many milliseconds; at once for none or fewer. Rejects with the signal's reason when
     * it fires first, and then leaves no listener.
     */
    sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
    /**
     * Moves both clocks forward. Sleepers wake in order, each at its own time, and what they set off (a next sleep, a request on a
     * loopback socket that is answered at once) settles before the next one wakes.
     */
    advance(milliseconds: number): Promise<void>;
    /** Moves the wall clock alone, as an operator or NTP does. Sleepers do not notice. */
    jumpWall(milliseconds: number): void;
    /** Resolves when at least so many sleeps are under way. */
    whenSleeping(count?: number): Promise<void>;
}

// prototype-reads.d.ts
/**
 * Runs the action while `Object.prototype` has a property of each of these names, and returns which of them are read there,
 * and by which lines, of files whose path contains `file`. What a stranger puts on `Object.prototype` must not be taken for
 * an option.
 */
export declare function prototypeReads(names: readonly string[], file: string, action: () => unknown): Promise<readonly string[]>;

// proxy/proxy.d.ts
import { type EndpointTls } from '../tls/endpoint-tls.ts';
export interface ProxyOptions {
    /** Asked for by `proxy-authenticate: Basic`; requests without it are answered 407 (RFC 9110 section 15.5.8). */
    readonly auth?: {
        readonly username: string;
        readonly password: string;
    } | undefined;
    /** Whether the client speaks TLS to the proxy itself. Default: plain. */
    readonly tls?: boolean | EndpointTls | undefined;
    /** Answer every request with this status and reach nothing. */
    readonly refuse?: number | undefined;
    /**
     * Where an authority (`host:port`) really is, so that a test can use any host name: `{ 'api.example:443': '127.0.0.1:40123' }`.
     * Others are connected to as they are.
     */
    readonly hosts?: Readonly<Record<string, string>> | undefined;
}
/** One request that reached the proxy itself. What went through a tunnel is not seen. */
export interface ProxyRequest {
    /** `CONNECT`, or the method of a forwarded request. */
    readonly method: string;
    /** The target, `host:port`. */
    readonly authority: string;
    /** Of a forwarded request: its absolute URL. */
    readonly url?: string | undefined;
    /** By lower-case name, `proxy-authorization` included. No prototype. */
    readonly headers: Readonly<Record<string, string>>;
    /** What the proxy answered: 200 for an open tunnel; of a forwarded request, 0 until the origin answered. */
    readonly status: number;
}
/** A running proxy. Made by `startProxy`. */
export interface Proxy extends AsyncDisposable {
    /** For a client's proxy option, without credentials. */
    readonly url: string;
    readonly port: number;
    /** PEM of the authority to trust; undefined without TLS. */
    readonly ca: string | undefined;
    readonly requests: readonly ProxyRequest[];
    /** Clients' connections to the proxy, open now and accepted so far. */
    readonly connections: {
        readonly open: number;
        readonly total: number;
    };
    /** Closes the port, every connection and every tunnel. */
    close(): Promise<void>;
}
/**
 * Starts an HTTP proxy on a free loopback port, for clients under test: CONNECT tunnels (RFC 9110 section 9.3.6) and requests in
 * absolute form (RFC 9112 section 3.2.2), both for real.
 *
 * @example
 * await using proxy = await startProxy({ auth: { username: 'crew', password: 'secret' } });
 */
export declare function startProxy(options?: ProxyOptions): Promise<Proxy>;

// recorded-request.d.ts
/** The client's side of the TLS connection that a request came on. */
export interface RecordedTls {
    /** Whether the client's certificate was verified against `clientAuthorities`. */
    readonly authorized: boolean;
    /** Why it was not, as Node names it. */
    readonly authorizationError?: string | undefined;
    /** The name the client asked for (SNI, RFC 6066 section 3). */
    readonly servername?: string | undefined;
    /** `TLSv1.2` or `TLSv1.3`. */
    readonly protocol: string;
    readonly cipher: string;
    readonly alpnProtocol?: string | undefined;
    readonly sessionReused: boolean;
    readonly peer?: RecordedPeer | undefined;
}
/** The client's certificate. */
export interface RecordedPeer {
    readonly subject: string;
    readonly issuer: string;
    readonly subjectAltName?: string | undefined;
    readonly serialNumber: string;
    /** SHA-256 of the DER form, upper-case hex with colons. */
    readonly fingerprint256: string;
    /** The DER form. */
    readonly raw: Uint8Array;
}
/** One request as it arrived. */
export interface RecordedRequest {
    /** Position in `endpoint.requests`. */
    readonly index: number;
    readonly method: string;
    /** As it was sent, with the query. */
    readonly path: string;
    /** `path` resolved against the endpoint's origin. */
    readonly url: string;
    /**
     * By lower-case name; a field that came more than once is joined by `, ` (`; ` for cookies). HTTP/2's `:authority` is `host`, its other
     * pseudo-header fields are left out. No prototype.
     */
    readonly headers: Readonly<Record<string, string>>;
    /** Names and values in turn, in order and case of arrival, as in node:http. */
    readonly rawHeaders: readonly string[];
    /** UTF-8. Empty when the endpoint answered before it read the body. */
    readonly body: string;
    /** The parsed body; undefined when it is no JSON. */
    readonly json: unknown;
    readonly bytes: Uint8Array;
    /** Whether the whole body arrived (or did not have to). */
    readonly complete: boolean;
    readonly http: '1.0' | '1.1' | '2';
    /** Which connection of the endpoint it came on, counted from 0. */
    readonly connection: number;
    /** How many requests that connection had carried before: 0 on a new one. */
    readonly priorRequests: number;
    readonly tls?: RecordedTls | undefined;
    /** When the last byte arrived, in milliseconds since the epoch. */
    readonly at: number;
}

// reply/completion-frames.d.ts
import type { RecordedRequest } from '../recorded-request.ts';
import { type Completion } from './completion.ts';
import type { PayloadEdit } from './reply.ts';
/** One server-sent event. `opening` is the delta that only names the role. */
export interface Frame {
    readonly kind: 'opening' | 'delta' | 'finish' | 'usage' | 'done';
    /** Its lines, joined by `\n`, without the blank one. */
    readonly lines: string;
}
/** The completion as the events of a chat-completions stream. */
export declare function completionFrames(completion: Completion, request: RecordedRequest, reshape?: PayloadEdit): Frame[];

// reply/completion.d.ts
import type { RecordedRequest } from '../recorded-request.ts';
import type { CompletionPayload } from './reply.ts';
/** Token counts as the wire names them. `total_tokens` is the sum unless it is given. */
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
export interface CompletionToolCall {
    readonly name: string;
    /** An object is sent as JSON text; a string as it is, so that it may be broken. */
    readonly arguments: object | string;
    /** Default `call_<position>_<request index>`. */
    readonly id?: string | undefined;
    /** The fragments of the arguments' text in a stream. Default: pieces of 12 characters. */
    readonly fragments?: readonly string[] | undefined;
    /** In a stream: whether the delta with the name already holds the first fragment. Default: it holds none. */
    readonly joined?: boolean | undefined;
}
/** One turn of the model, before it is known whether the request asks for a stream. */
export interface Completion {
    readonly text?: string | undefined;
    /** The fragments of `text` in a stream. Default: word by word. */
    readonly deltas?: readonly string[] | undefined;
    /** Sent as `reasoning_content`. */
    readonly reasoning?: string | undefined;
    readonly toolCalls?: readonly CompletionToolCall[] | undefined;
    /** Default `tool_calls` when there are tool calls, otherwise `stop`. `null` leaves the field out. */
    readonly finishReason?: string | null | undefined;
    /** Default: an estimate of one token per four characters. `null` leaves the field out. */
    readonly usage?: CompletionUsage | null | undefined;
    /** Default: the requested model, or `test-model`. */
    readonly model?: string | undefined;
    /** Default `chatcmpl-<request index>`. */
    readonly id?: string | undefined;
}
/** The completion as the JSON body of a chat-completions response. */
export declare function completionBody(completion: Completion, request: RecordedRequest): CompletionPayload;
export declare function completionHead(completion: Completion, request: RecordedRequest, object: string): Record<string, unknown>;
export declare function completionUsage(completion: Completion, request: RecordedRequest): CompletionUsage | undefined;
/** `{ finish_reason }`, or nothing when the reply leaves it out. */
export declare function finishField(completion: Completion): {
    finish_reason?: string;
};
export declare function toolCallId(call: CompletionToolCall, position: number, request: RecordedRequest): string;
export declare function argumentsText(call: CompletionToolCall): string;
/** A field of the request's JSON object; undefined when the body is anything else. */
export declare function jsonField(request: RecordedRequest, name: string): unknown;

// reply/error-body.d.ts
import type { Reply, ReplyHeaders } from './reply.ts';
/**
 * How a server writes its errors: OpenAI's object; the same with a number for `code` and without `param`; the bare object without
 * `error`; plain text; an HTML page.
 */
export type ErrorForm = 'openai' | 'numeric-code' | 'bare' | 'text' | 'html';
export interface ErrorBodyOptions {
    /** Default `openai`. */
    readonly form?: ErrorForm | undefined;
    readonly message?: string | undefined;
    readonly type?: string | undefined;
    readonly code?: string | number | undefined;
    readonly headers?: ReplyHeaders | undefined;
    /** More fields of the error object. */
    readonly details?: object | undefined;
}
/** An error in one of the forms that real servers use. */
export declare function errorBody(status: number, options?: ErrorBodyOptions): Reply;
/** An HTML page, as a gateway in between sends it. Status 502 unless given. */
export declare function html(message: string, options?: {
    readonly status?: number | undefined;
    readonly headers?: ReplyHeaders | undefined;
}): Reply;
/** The prompt is longer than the model's window: 400 `exceed_context_size_error`. */
export declare function contextOverflow(size?: {
    readonly promptTokens?: number | undefined;
    readonly contextWindow?: number | undefined;
}): Reply;
export interface RateLimitedOptions {
    /** Sent as `retry-after`: seconds, or an HTTP date (RFC 9110 section 10.2.3). */
    readonly retryAfter?: number | string | undefined;
    readonly headers?: ReplyHeaders | undefined;
}
/** 429: too many requests. */
export declare function rateLimited({ retryAfter, headers }?: RateLimitedOptions): Reply;
/** 429 that waiting does not cure: the account has no quota left. */
export declare function quotaExhausted(options?: {
    readonly headers?: ReplyHeaders | undefined;
}): Reply;
/** An error as the one event of a 200 stream, as some servers answer every error under `stream: true`; otherwise a plain 500. */
export declare function errorEvent(error: unknown): Reply;

// reply/frames.d.ts
import type { Frame } from './completion-frames.ts';
/** An event as it is written (`data: ...`, without the blank line that ends it), or an object that is sent as `data: <JSON>`. */
export type SseFrame = string | object;
/** Changes to the events of a reply. */
export interface StreamEdits {
    /** `false` leaves out `data: [DONE]`. */
    readonly done?: boolean | undefined;
    /** The line ending (WHATWG server-sent events allow all three). Default `\n`. */
    readonly lineEnd?: '\n' | '\r\n' | '\r' | undefined;
    /** Comment lines to interleave, one before each event, in turn. */
    readonly comments?: readonly string[] | undefined;
    /** After so many deltas (the opening one not counted; -1: before that one too) `data: {"error": ...}` and the end: no finish reason, no `[DONE]`. */
    readonly error?: {
        readonly afterDeltas: number;
        readonly error: unknown;
    } | undefined;
}
/** The frames that a hand-written list of events stands for. */
export declare function framesOf(events: readonly SseFrame[]): Frame[];
export declare const DONE = "data: [DONE]";
/** The bytes of each frame, edits applied. */
export declare function encodeFrames(frames: readonly Frame[], edits?: StreamEdits): string[];

// reply/json.d.ts
import type { Reply, ReplyHeaders } from './reply.ts';
/** Any JSON value as the body. */
export declare function json(value: unknown, options?: {
    readonly status?: number | undefined;
    readonly headers?: ReplyHeaders | undefined;
}): Reply;

// reply/redirect.d.ts
import type { Reply } from './reply.ts';
/** A redirect (RFC 9110 section 15.4), with an empty body. */
export declare function redirect(status: 301 | 302 | 303 | 307 | 308, location: string): Reply;

// reply/reply.d.ts
import type { Delivery } from '../wire/delivery.ts';
import type { Completion } from './completion.ts';
import type { SseFrame, StreamEdits } from './frames.ts';
/** Header fields by name; a list sends the field once per value, an empty one removes what would be sent. */
export type ReplyHeaders = Readonly<Record<string, string | readonly string[]>>;
export type BodyPiece = string | Uint8Array;
/** A body: one piece, a list (each piece is one write), or a function that makes the pieces lazily, under back-pressure. */
export type Body = BodyPiece | readonly BodyPiece[] | (() => Iterable<BodyPiece> | AsyncIterable<BodyPiece>);
/** A chat completion, or a chunk of one, as JSON. */
export interface CompletionPayload {
    readonly [field: string]: unknown;
    readonly choices: readonly {
        readonly [field: string]: unknown;
        readonly message?: Readonly<Record<string, unknown>> | undefined;
        readonly delta?: Readonly<Record<string, unknown>> | undefined;
    }[];
}
export type PayloadEdit = (payload: CompletionPayload, position: number) => CompletionPayload;
/** A content coding of RFC 9110 section 8.4.1. */
export type ContentEncoding = 'gzip' | 'deflate' | 'br';
/**
 * What the endpoint answers: plain data, so that a test can also write one by hand. At most one of `completion`, `frames`, `json`
 * and `body` says what the body is; without any the body is empty.
 */
export interface Reply {
    /** Default 200. */
    readonly status?: number | undefined;
    /** Added to, and winning over, the fields that the body implies. */
    readonly headers?: ReplyHeaders | undefined;
    /** A model's turn: JSON, or server-sent events when the request says `stream: true`. */
    readonly completion?: Completion | undefined;
    /** Server-sent events, whatever the request asked for. */
    readonly frames?: readonly SseFrame[] | undefined;
    readonly json?: unknown;
    readonly body?: Body | undefined;
    /** Changes the JSON of `completion`: the body, or each chunk of the stream with its position. */
    readonly reshape?: PayloadEdit | undefined;
    /** Changes to the events of `completion` or `frames`. */
    readonly stream?: StreamEdits | undefined;
    /** Content codings, applied in this order. */
    readonly encodings?: readonly ContentEncoding[] | undefined;
    /** How and how far the answer is sent. */
    readonly delivery?: Delivery | undefined;
}

// reply/sse.d.ts
import type { SseFrame, StreamEdits } from './frames.ts';
import type { Reply, ReplyHeaders } from './reply.ts';
export interface SseOptions extends StreamEdits {
    /** Default 200. */
    readonly status?: number | undefined;
    readonly headers?: ReplyHeaders | undefined;
}
/**
 * Server-sent events as given, also to a request that asked for none. A list is sent event by event, each ended by a blank line;
 * text or bytes are sent as they are. Nothing is added, so a list wants its own `data: [DONE]`.
 */
export declare function sse(events: readonly SseFrame[] | string | Uint8Array, options?: SseOptions): Reply;

// reply/status.d.ts
import type { Body, Reply, ReplyHeaders } from './reply.ts';
export interface StatusOptions {
    readonly headers?: ReplyHeaders | undefined;
    /** Text, bytes or pieces as they are; any other object as JSON. Default: an OpenAI error object that names the status. */
    readonly body?: Body | object | undefined;
}
/** A status with a body of any kind. */
export declare function status(code: number, options?: StatusOptions): Reply;

// reply/text.d.ts
import type { Completion } from './completion.ts';
import type { Reply, ReplyHeaders } from './reply.ts';
export interface TextOptions extends Omit<Completion, 'text'> {
    readonly headers?: ReplyHeaders | undefined;
}
/** The model says this text: JSON, or the equivalent stream when the request asks for one. */
export declare function text(content: string, options?: TextOptions): Reply;

// reply/tool-calls.d.ts
import type { Completion, CompletionToolCall } from './completion.ts';
import type { Reply, ReplyHeaders } from './reply.ts';
export interface ToolCallsOptions extends Omit<Completion, 'toolCalls'> {
    readonly headers?: ReplyHeaders | undefined;
}
/** The model calls tools: JSON, or the equivalent stream when the request asks for one. */
export declare function toolCalls(calls: readonly CompletionToolCall[], options?: ToolCallsOptions): Reply;

// request-log.d.ts
import type { RecordedRequest } from './recorded-request.ts';
/** How a request's exchange ended. */
export interface RequestEnd {
    /** Whether the whole response had been sent. */
    readonly answered: boolean;
    /** Milliseconds since the epoch. */
    readonly at: number;
}
/** The requests that arrived, and how each one's exchange goes. */
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
    /** Rejects everyone who waits for a request that cannot come any more. */
    stop(): void;
}

// stand-in/stand-in.d.ts
import type { RecordedRequest } from '../recorded-request.ts';
import type { Reply } from '../reply/reply.ts';
/**
 * A stand-in for a model, for examples and tests that need no script: deterministic, and honest about what it does. It asks the first
 * offered tool that has a text parameter for the key words of the question, once; then it answers with the sentences of the tool's
 * results that match the question best. Without tools it takes them from the context in the prompt. The question is the first
 * paragraph of the last user message before any tool call.
 *
 * @example
 * const endpoint = await startEndpoint({ respond: standIn() });
 */
export declare function standIn(): (request: RecordedRequest) => Reply;

// system-program.d.ts
/**
 * The path of a program of the system that some tests need, or undefined where it is not installed. Register those tests
 * only when it is there: a line on stderr, once in a process, says which program is missing and how to get it.
 *
 * @throws Error for a missing program when the environment has `CREW_REQUIRE_SYSTEM=1`, so that a run that must be
 * complete fails.
 *
 * @example
 * const nginx = systemProgram('nginx');
 * if (nginx !== undefined) describe('behind nginx', () => { ... });
 */
export declare function systemProgram(name: string): string | undefined;

// tls/authority.d.ts
import { type KeyType } from './key-type.ts';
export interface CertificateRequest {
    readonly commonName: string;
    /** DNS names of the subject alternative name (RFC 5280 section 4.2.1.6). */
    readonly dns?: readonly string[] | undefined;
    readonly ip?: readonly string[] | undefined;
    /** For instance a SPIFFE id. */
    readonly uri?: readonly string[] | undefined;
    /** The extended key usage (RFC 5280 section 4.2.1.12); `none` leaves the extension out. Default `server`. */
    readonly usage?: 'server' | 'client' | 'both' | 'none' | undefined;
    /** Default `p256`. */
    readonly keyType?: KeyType | undefined;
    /** Default: an hour ago. */
    readonly notBefore?: Date | undefined;
    /** Default: in a day. */
    readonly notAfter?: Date | undefined;
}
export interface IssuedCertificate {
    /** PEM of the certificate alone. */
    readonly certificate: string;
    /** PEM of the private key (PKCS #8). */
    readonly key: string;
    /** PEM of the certificate and the intermediates up to, and without, the root. */
    readonly chain: string;
    /** PEM of the root. */
    readonly root: string;
    /** SHA-256 of the DER form, upper-case hex with colons, as node:tls writes it. */
    readonly fingerprint256: string;
}
export interface AuthorityOptions {
    /** Default `Test Root`, `Test Intermediate` for an intermediate. */
    readonly commonName?: string | undefined;
    /** Default `p256`. */
    readonly keyType?: KeyType | undefined;
    /** Default: an hour ago. */
    readonly notBefore?: Date | undefined;
    /** Default: in a day. */
    readonly notAfter?: Date | undefined;
}
/** A certificate authority in memory. */
export interface CertificateAuthority {
    /** PEM. */
    readonly certificate: string;
    /** PEM (PKCS #8). */
    readonly key: string;
    issue(request: CertificateRequest): Promise<IssuedCertificate>;
    /** An authority below this one. What it issues carries the whole chain. */
    intermediate(options?: AuthorityOptions): Promise<CertificateAuthority>;
}
/**
 * Makes a certificate authority: a self-signed root (RFC 5280), in memory, for this run.
 *
 * @example
 * const authority = await createAuthority();
 * const client = await authority.issue({ commonName: 'crew', uri: ['spiffe://example.org/crew'], usage: 'client' });
 */
export declare function createAuthority(options?: AuthorityOptions): Promise<CertificateAuthority>;

// tls/endpoint-tls.d.ts
import type { SecureVersion } from 'node:tls';
import { type CertificateAuthority, type IssuedCertificate } from './authority.ts';
/** The endpoint's side of TLS. */
export interface EndpointTls {
    /** Issues the server's certificate, and is what `endpoint.ca` gives. Default: one made now. */
    readonly authority?: CertificateAuthority | undefined;
    /** The server's certificate. Default: issued by `authority` for `localhost`, `127.0.0.1` and `::1`. */
    readonly certificate?: IssuedCertificate | undefined;
    readonly minVersion?: SecureVersion | undefined;
    readonly maxVersion?: SecureVersion | undefined;
}
/** The certificate that a server on loopback shows, and the authority behind it. */
export interface ServerIdentity {
    /** PEM of the root that a client must trust. */
    readonly ca: string;
    readonly certificate: IssuedCertificate;
}
export declare function serverIdentity(tls: EndpointTls): Promise<ServerIdentity>;
/** What node:tls takes to show a certificate with its chain. */
export declare function keyPair(certificate: IssuedCertificate): {
    readonly key: string;
    readonly cert: string;
};

// tls/key-type.d.ts
import { webcrypto } from 'node:crypto';
/** `rsa` has 2048 bits, `rsa-1024` is weak on purpose, `p256` is the ECDSA curve. */
export type KeyType = 'rsa' | 'rsa-1024' | 'p256' | 'ed25519';
/** Makes a key pair that can be exported. */
export declare function generateKeys(type: KeyType): Promise<webcrypto.CryptoKeyPair>;
/** The algorithm with which such a key signs certificates. */
export declare function signatureAlgorithm(type: string): {
    readonly name: string;
    readonly hash?: string;
};

// track-resources.d.ts
import { EventEmitter } from 'node:events';
export interface TrackOptions {
    /**
     * Milliseconds of grace for what is closing at the moment of `check`. Default 2,000. They are counted in pauses of ten, so
     * that they last longer on a machine that is slowed down by something else.
     */
    readonly within?: number | undefined;
}
export interface ResourceTracker {
    /** Also compares the number of listeners of an emitter or of an AbortSignal (`abort`) with what it is now. */
    watch(target: EventEmitter | EventTarget, label: string): void;
    /**
     * Waits until everything is gone, at most as long as `within`, and ends the tracking.
     *
     * @throws Error that lists each thing left behind and the line that created it.
     */
    check(): Promise<void>;
}
/**
 * Starts to watch for sockets, servers, timers, child processes and process listeners that code leaves behind, those included that
 * do not keep the process alive (`unref`). Call it at the top of a test file, and `check` in the first `afterAll`: test runners run
 * these hooks last to first, so it then comes after those that close things.
 *
 * Node's own timers (the cached `date` header, say) and those of the test runner are not counted.
 */
export declare function trackResources(options?: TrackOptions): ResourceTracker;

// wire/delivery.d.ts
import type { ReplyHeaders } from '../reply/reply.ts';
/**
 * A wait of the server: milliseconds, or a function that is called when the wait begins, and whose promise ends it. With a
 * function a test decides when the reply goes on, and depends on no timer.
 */
export type Delay = number | (() => Promise<unknown>);
/** Waits of the server. They end at once when the client goes away or the endpoint closes. */
export interface Delays {
    /** Before the status line. */
    readonly headers?: Delay | undefined;
    /** Between the header section, which is sent, and the body. */
    readonly body?: Delay | undefined;
    /** Between two writes of the body. */
    readonly betweenChunks?: Delay | undefined;
}
/** A response that ends before its time. */
export interface Cut {
    /** How many bytes go out first: of the whole response on the wire, or of the body after its content coding. */
    readonly after: number;
    readonly of: 'response' | 'body';
    /** `reset`: TCP RST. `end`: FIN, as from a server that believes it is done. `stream`: HTTP/2 RST_STREAM alone. */
    readonly by: 'reset' | 'end' | 'stream';
}
/** How a reply is sent. Every member is independent of the others. */
export interface Delivery {
    readonly delays?: Delays | undefined;
    /** Sizes of the successive writes of the body, the rest in one; one number for all; `every-byte` for 1. */
    readonly sizes?: readonly number[] | number | 'every-byte' | undefined;
    /** Positions in the header section (HTTP/1.1) at which it is split into separate writes. */
    readonly headSplits?: readonly number[] | 'every-byte' | undefined;
    /** Replaces the whole header section (HTTP/1.1), the empty line included. */
    readonly rawHead?: string | undefined;
    /** Interim responses (RFC 9110 section 15.2) before the final one. */
    readonly interim?: readonly {
        readonly status: number;
        readonly headers?: ReplyHeaders | undefined;
    }[] | undefined;
    readonly cut?: Cut | undefined;
    /** The request is read and never answered. */
    readonly silent?: boolean | undefined;
    /** Answer as soon as the header section of the request has arrived, then close. */
    readonly beforeBody?: boolean | undefined;
    /**
     * What happens to the connection afterwards: closed without warning after so many idle milliseconds, or as soon as the next request
     * arrives on it (which is then neither recorded nor answered); `go-away`: HTTP/2 GOAWAY (RFC 9113 section 6.8), sent with the answer.
     */
    readonly afterwards?: {
        readonly closeIdle: number;
    } | 'close-on-reuse' | 'go-away' | undefined;
}
