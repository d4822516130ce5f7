// The public surface of @crew/llm-testkit. Written by `pnpm api:update`; see docs/versions.md.

// adapter.d.ts
import type { BaseLLM, Clock } from '@crew/core';
import type { CredentialCheck, EndpointOptions, RecordedRequest, Reply } from '@crew/test-endpoint';
import type { WireFormat } from './wire-format.ts';
/** Description of an adapter for the conformance suite. A module for the command line exports it as its default. */
export interface AdapterDescription {
    /** Name of the package or class, used in reports. */
    readonly name: string;
    /**
     * Creates an LLM for a local endpoint, with credentials that the endpoint can verify. Called once per check (twice by some); the LLM
     * is closed after the check. Do not share state between two of them.
     */
    create(setting: AdapterSetting): AdapterUnderTest | Promise<AdapterUnderTest>;
    /** Capabilities of the adapter. The suite expects every capability that is not excluded here. */
    readonly capabilities?: AdapterCapabilities | undefined;
    /** Options of the endpoint, such as TLS or client certificates. Default: plain HTTP/1.1. */
    readonly endpoint?: AdapterEndpoint | undefined;
    /** Wire format of the adapter's service. Default: chat completions. */
    readonly wireFormat?: WireFormat | undefined;
}
/** Options of the endpoint that an adapter may set. */
export type AdapterEndpoint = Pick<EndpointOptions, 'tls' | 'http2' | 'clientCertificate' | 'clientAuthorities'>;
/** Settings for an LLM: the endpoint of one check and everything that belongs to it. */
export interface AdapterSetting {
    /** URL to post requests to. */
    readonly endpoint: string;
    /** Authority of the endpoint's certificate, in PEM. Undefined over plain HTTP and if the endpoint must not be trusted. */
    readonly ca: string | undefined;
    /** Running clock that checks can move forward. Pass it to the LLM and to everything that caches credentials. */
    readonly clock: Clock;
    /** Issuer and verifier of the credentials of this check. */
    readonly issuer: CredentialIssuer;
    /** Registers a further secret that must not appear anywhere, such as a password, and returns it. At least 8 characters. */
    secret(label: string, value?: string): string;
}
/** The server side of an adapter's authentication, simulated by the suite: it issues and revokes credentials. */
export interface CredentialIssuer {
    /**
     * Issues a new credential, which is valid until a check revokes it. Await it wherever the LLM obtains one: in the callback that returns
     * a key, or in the token endpoint or login page that your test serves. Checks count these calls, delay them, and make them reject to
     * simulate an outage; respond to the rejection as the real service does when it is down.
     *
     * The credential is a unique string that must not appear anywhere else. Embed it in a larger credential, such as a JWT claim, if
     * necessary. Pass `value` to issue your own, such as the fingerprint of a client certificate, which is not a secret.
     */
    issue(value?: string): Promise<string>;
    /** Verifies that a credential was issued and not revoked. Use it in `AdapterUnderTest.credential`. */
    check(value: string | undefined): ReturnType<CredentialCheck>;
}
/** An LLM and the server side of its authentication. */
export interface AdapterUnderTest {
    readonly llm: BaseLLM;
    /** Credential check of the endpoint: `request => issuer.check(...)`. Required unless `capabilities.credential` is `none`. */
    readonly credential?: CredentialCheck | undefined;
    /** Further paths of the endpoint, such as a token endpoint or a login. They require no credential. */
    readonly routes?: Readonly<Record<string, (request: RecordedRequest) => Reply | Promise<Reply>>> | undefined;
    /** Closes everything that `create` opened besides the LLM. Called after `llm.close()`. */
    close?(): void | Promise<void>;
}
/** Capabilities of an adapter. By default every capability is expected. */
export interface AdapterCapabilities {
    /**
     * Handling of credentials. `renewed`: the adapter obtains them from `issuer.issue()`, and a new one if one is refused. `fixed`: it
     * receives one credential, which never changes. `none`: it requires none. Default `renewed`.
     */
    readonly credential?: 'renewed' | 'fixed' | 'none' | undefined;
    /** Function calling. Default true. */
    readonly tools?: boolean | undefined;
    /** Streaming of text as the server sends it. `false`: as one part at the end. Default true. */
    readonly streaming?: boolean | undefined;
    /** Reports of token usage. Default true. */
    readonly usage?: boolean | undefined;
    /** Retries after 503 and lost connections. Default true. */
    readonly retries?: boolean | undefined;
    /** A limit on the size of responses. Default true. */
    readonly responseLimit?: boolean | undefined;
    /** An option for the authority to trust, `ca` of the setting. Default true. */
    readonly privateAuthority?: boolean | undefined;
    /** Connections that belong to the adapter and end with `close()`. `false` for the runtime's own fetch. Default true. */
    readonly ownConnections?: boolean | undefined;
}

// check-adapter.d.ts
import type { AdapterCapabilities, AdapterDescription } from './adapter.ts';
import type { Check, CheckResult } from './check/check.ts';
/** Time limit of a check, in milliseconds. */
export declare const CHECK_LIMIT_MS = 20000;
/**
 * Runs the conformance suite on an adapter without a test runner. The checks run one after the other, because some of them inspect the
 * output of the process. Failures are reported as results; the promise never rejects.
 *
 * @example
 * ```ts
 * import { HttpLLM } from '@crew/llm-http';
 * import { checkAdapter, report } from '@crew/llm-testkit';
 *
 * const results = await checkAdapter({
 *   name: 'HttpLLM with a fixed key',
 *   create: async ({ endpoint, ca, clock, issuer }) => ({
 *     llm: new HttpLLM({ endpoint, ca, clock, headers: { 'x-api-key': await issuer.issue() } }),
 *     credential: ({ headers }) => issuer.check(headers['x-api-key']),
 *   }),
 *   capabilities: { credential: 'fixed' },
 * });
 * console.log(report('HttpLLM with a fixed key', results));
 * process.exitCode = results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
 * ```
 */
export declare function checkAdapter(adapter: AdapterDescription): Promise<readonly CheckResult[]>;
/**
 * All conformance checks, in the order in which they are reported. The checks are independent of each other.
 *
 * @example
 * ```ts
 * import { checks } from '@crew/llm-testkit';
 *
 * for (const { family, name, why } of checks) console.log(`${family}: ${name}. ${why}`);
 * ```
 */
export declare const checks: readonly Check[];
/** Runs one check on a new LLM. Rejects if the adapter fails it. */
export declare function runCheck(check: Check, adapter: AdapterDescription): Promise<void>;
/** Returns the reason why a check does not apply to an adapter with the given capabilities, or undefined if it applies. */
export declare function reasonToSkip(check: Check, capabilities?: AdapterCapabilities): string | undefined;

// check/check.d.ts
import type { AdapterCapabilities } from '../adapter.ts';
import type { Trial, TrialOptions } from '../trial/trial.ts';
/** A part of the suite. */
export type CheckFamily = 'contract' | 'transport' | 'credentials' | 'leaks';
/** A capability that a check may require. `renewal` is `capabilities.credential: 'renewed'`. */
export type RequiredCapability = Exclude<keyof AdapterCapabilities, 'credential'> | 'credential' | 'renewal';
/** A conformance check: one requirement for every adapter. */
export interface Check {
    /** A sentence whose subject is the adapter, such as `sends a string as one user message`. */
    readonly name: string;
    readonly family: CheckFamily;
    /** One sentence on the consequences of failing the check. */
    readonly why: string;
    /** Page of the repository that explains the requirement, with a heading. */
    readonly guide: string;
    /** Capabilities without which the check does not apply. Default: none. */
    readonly requires?: readonly RequiredCapability[] | undefined;
    /** Options of the trial. */
    readonly trial?: TrialOptions | undefined;
    /** Runs the check. Rejects if the adapter fails it. */
    run(trial: Trial): Promise<void>;
}
/** Result of a check. */
export interface CheckResult {
    readonly name: string;
    readonly family: CheckFamily;
    readonly why: string;
    readonly guide: string;
    /** Outcome. `not-applicable`: the description of the adapter excludes a required capability. */
    readonly outcome: 'passed' | 'failed' | 'not-applicable';
    /** Error of a failed check. */
    readonly error?: Error | undefined;
    /** Missing capability of a check that does not apply. */
    readonly reason?: string | undefined;
    /** Duration in milliseconds. */
    readonly durationMs: number;
}
/** Returns the address of a heading on the page that explains the checks. */
export declare function guide(heading: string): string;

// fake-llm.d.ts
import { type AssistantTurn, BaseLLM, type BaseLLMOptions, type StreamPart, type TurnRequest } from '@crew/core';
/** A scripted turn: a text, a whole turn, an error to throw, or a function that computes the turn from the request. */
export type FakeTurn = string | AssistantTurn | Error | ((request: TurnRequest) => string | AssistantTurn | Promise<string | AssistantTurn>);
/** Options of `fakeLLM`. */
export interface FakeLLMOptions extends BaseLLMOptions {
    /** Support for function calling. `false` makes agents use the ReAct protocol. Default true. */
    readonly functionCalling?: boolean | undefined;
    /** Support for stop words. Default true. */
    readonly stopWords?: boolean | undefined;
    /** Support for response formats. `false` puts schemas in the prompt. Default: the value of `functionCalling`. */
    readonly responseFormat?: boolean | undefined;
    /** Size of the context window, in tokens. Default `Infinity`. */
    readonly contextWindow?: number | undefined;
}
/**
 * Creates an LLM that replies with scripted turns, for tests of agents. It throws if more turns are requested than are scripted;
 * `assertUsed()`, or the end of an `await using` block, throws if turns are left over.
 *
 * @example
 * ```ts
 * import { Agent, Task, tool } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const add = tool({
 *   name: 'add',
 *   description: 'Adds two numbers.',
 *   parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
 *   execute: ({ a, b }) => Number(a) + Number(b),
 * });
 * const llm = fakeLLM([
 *   { text: '', toolCalls: [{ id: '1', name: 'add', arguments: '{"a":2,"b":3}' }] },
 *   request => `It is ${request.messages.at(-1)?.content}.`,
 * ]);
 * const agent = new Agent({ role: 'Clerk', goal: 'Add', backstory: 'You add.', llm, tools: [add] });
 *
 * const task = new Task({ description: 'What is 2 + 3?', expectedOutput: 'A sentence.' });
 * console.log(await agent.executeTask(task)); // It is 5.
 * llm.assertUsed();
 * ```
 */
export declare function fakeLLM(turns: readonly FakeTurn[], options?: FakeLLMOptions): FakeLLM;
/** An LLM that replies with scripted turns. Create one with `fakeLLM`. */
export declare class FakeLLM extends BaseLLM {
    #private;
    /** The requests so far, as `respond` received them. */
    readonly requests: TurnRequest[];
    constructor(turns: readonly FakeTurn[], options?: FakeLLMOptions);
    /** Requests one turn, as `generate` does. */
    call(...[messages, options]: Parameters<BaseLLM['call']>): Promise<AssistantTurn>;
    supportsFunctionCalling(): boolean;
    supportsStopWords(): boolean;
    supportsResponseFormat(): boolean;
    getContextWindowSize(): number;
    respond(request: TurnRequest): Promise<AssistantTurn>;
    /** Streams the scripted turn word by word. */
    respondStream(request: TurnRequest): AsyncIterable<StreamPart>;
    /** Throws if scripted turns were not used, or if more turns were requested than are scripted. */
    assertUsed(): void;
    [Symbol.asyncDispose](): Promise<void>;
}

// index.d.ts
export * from '@crew/test-endpoint';
export type { AdapterCapabilities, AdapterDescription, AdapterEndpoint, AdapterSetting, AdapterUnderTest, CredentialIssuer, } from './adapter.ts';
export type { Check, CheckFamily, CheckResult, RequiredCapability } from './check/check.ts';
export { checkAdapter, checks } from './check-adapter.ts';
export { FakeLLM, type FakeLLMOptions, type FakeTurn, fakeLLM } from './fake-llm.ts';
export { report } from './report.ts';
export { type ScenarioClientOptions, scenarioClient } from './scenario-client.ts';
export type { Trial, TrialOptions } from './trial/trial.ts';
export type { DecodedRequest, ScriptedTurn, WireFormat } from './wire-format.ts';

// report.d.ts
import type { Check, CheckResult } from './check/check.ts';
/**
 * Formats the results as text: one line per check and, for a failed check, the error, why it matters and where to read on. Text of
 * adapters and servers is sanitised: it contains only printable characters.
 *
 * @example
 * ```ts
 * import { report } from '@crew/llm-testkit';
 *
 * const check = { family: 'contract', why: 'Errors are logged.', guide: 'docs/write-an-adapter.md#errors' } as const;
 * const results = [
 *   { ...check, name: 'sends a string as one user message', outcome: 'passed', durationMs: 12 } as const,
 *   { ...check, name: 'throws a ProtocolError', outcome: 'failed', error: new Error('No error'), durationMs: 30 } as const,
 * ];
 * console.log(report('my adapter', results)); // ... 1 passed, 1 failed, 0 do not apply
 * ```
 */
export declare function report(name: string, results: readonly CheckResult[]): string;
/** Formats an error with why it matters and where to read on, in printable characters. */
export declare function explain({ why, guide }: Pick<Check, 'why' | 'guide'>, thrown: unknown): string;

// scenario-client.d.ts
import { type BaseLLM } from '@crew/core';
import type { LeakHarness, RecordedRequest, ScenarioClient } from '@crew/test-endpoint';
/** Options of `scenarioClient`. */
export interface ScenarioClientOptions {
    readonly llm: BaseLLM;
    readonly harness: LeakHarness;
    /** Returns true if the request carries the planted credentials. */
    hasCredentials(request: RecordedRequest): boolean;
    /** Further objects that a program may print, such as the authenticator and the options. */
    readonly objects?: readonly unknown[] | undefined;
}
/**
 * Returns the client of an LLM for `runFailingScenarios`. It calls the LLM, streams, runs a tool loop with a journal, and calls the LLM
 * again after it is closed. The harness searches all its events.
 *
 * @example
 * ```ts
 * import { HttpLLM } from '@crew/llm-http';
 * import { createLeakHarness, runFailingScenarios, scenarioClient } from '@crew/llm-testkit';
 *
 * const harness = createLeakHarness();
 * const apiKey = harness.sentinel('api key');
 *
 * await runFailingScenarios(harness, setting => {
 *   const llm = new HttpLLM({ ...setting, headers: { 'x-api-key': apiKey }, retry: { retries: 0 } });
 *   return scenarioClient({ llm, harness, hasCredentials: ({ headers }) => headers['x-api-key'] === apiKey });
 * });
 * harness.assertClean();
 * ```
 */
export declare function scenarioClient({ llm, harness, hasCredentials, objects }: ScenarioClientOptions): ScenarioClient;

// trial/issuer.d.ts
import type { CredentialIssuer } from '../adapter.ts';
declare const REFUSED: {
    status: number;
    body: {
        error: {
            message: string;
            type: string;
        };
    };
};
/** The credential issuer of a check. The check can count, delay and fail its calls. */
export declare class ControlledIssuer implements CredentialIssuer {
    #private;
    /** False to simulate an outage, in which no credential can be obtained. */
    isAvailable: boolean;
    /** Number of calls of `issue`. */
    issueCount: number;
    constructor(plant: (label: string, value: string) => string);
    issue(value?: string): Promise<string>;
    check(value: string | undefined): true | typeof REFUSED;
    /** Revokes every credential issued so far. */
    revoke(): void;
    /** Delays the calls of `issue` until the returned function is called. */
    hold(): () => void;
    /** Resolves at the next call of `issue`. */
    whenIssuing(): Promise<void>;
}
export {};

// trial/running-clock.d.ts
import { type Clock } from '@crew/core';
/** The system clock with an offset that a check can increase. */
export declare class RunningClock implements Clock {
    #private;
    /** Creates a clock. With `skipsShortSleeps`, short sleeps, such as the one before a retry, end immediately. */
    constructor({ skipsShortSleeps }?: {
        readonly skipsShortSleeps?: boolean | undefined;
    });
    wall(): number;
    monotonic(): number;
    sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
    /** Moves both clocks forward. Pending sleeps keep their duration. */
    jump(milliseconds: number): void;
    /** Moves both clocks forward and ends the sleeps that are then due, such as the deadlines of running calls. */
    advance(milliseconds: number): void;
}

// trial/trial.d.ts
import type { BaseLLM } from '@crew/core';
import { type Delay, type Endpoint, type LeakHarness, type RecordedRequest, type Refusal, type Reply } from '@crew/test-endpoint';
import type { AdapterCapabilities, AdapterDescription } from '../adapter.ts';
import { type DecodedRequest, type ScriptedTurn, type WireFormat } from '../wire-format.ts';
import { ControlledIssuer } from './issuer.ts';
import { RunningClock } from './running-clock.ts';
/** The reply to one accepted request. */
type ReplySource = Reply | ((request: RecordedRequest) => Reply | Promise<Reply>);
/** Options of a trial. */
export interface TrialOptions {
    /** Serves TLS even if the description does not require it. The adapter trusts its authority (`trusted`) or not (`unknown`). */
    readonly tls?: 'trusted' | 'unknown' | undefined;
    /** Skips short sleeps of the adapter's clock, so that retries take no time. Do not set it in a check of a deadline. */
    readonly skipsShortSleeps?: boolean | undefined;
}
/** The environment of one check: an LLM and its endpoint. */
export declare class Trial implements AsyncDisposable {
    #private;
    readonly issuer: ControlledIssuer;
    readonly clock: RunningClock;
    readonly harness: LeakHarness;
    readonly wireFormat: WireFormat;
    readonly capabilities: AdapterCapabilities;
    /** Reply to requests for which the queue has none. */
    defaultReply: ReplySource | undefined;
    /** The requests to the model so far, including refused ones. */
    readonly requests: RecordedRequest[];
    constructor({ wireFormat, capabilities }: AdapterDescription, options?: TrialOptions);
    /** Starts an endpoint and creates an LLM of the adapter for it. */
    static open(description: AdapterDescription, options?: TrialOptions): Promise<Trial>;
    get llm(): BaseLLM;
    get endpoint(): Endpoint;
    /** URL to which the LLM posts. */
    get url(): string;
    /** Appends replies to the queue. */
    reply(...replies: readonly ReplySource[]): void;
    /** Returns a reply with the given turn of the model. */
    modelTurn(turn: ScriptedTurn | string): (request: RecordedRequest) => Reply;
    /** Returns the reply with a delay between the chunks of its body. */
    withDelay(reply: (request: RecordedRequest) => Reply, betweenChunks: Delay): (request: RecordedRequest) => Reply;
    /** Returns the reply with a pause after its first text, until the promise is settled. */
    pausedAfterStart(reply: (request: RecordedRequest) => Reply, until: Promise<unknown>): (request: RecordedRequest) => Reply;
    /** Returns the request with the given index, decoded. */
    decodedRequest(index: number): DecodedRequest;
    /** Refuses every credential from now on, instead of using the adapter's credential check. */
    refuse(refusal: (request: RecordedRequest) => Refusal): void;
    /** Resolves when the given number of requests has arrived. */
    whenRequested(count?: number): Promise<void>;
    /** Resolves when the connections or HTTP/2 streams of all requests so far are closed. */
    whenAllClosed(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
export {};

// vitest.d.ts
import type { AdapterDescription } from './adapter.ts';
/**
 * Registers the conformance suite as vitest tests: one test per check that applies to the adapter, grouped by family.
 *
 * @example
 * ```ts no-run
 * import { HttpLLM } from '@crew/llm-http';
 * import { describeAdapter } from '@crew/llm-testkit/vitest';
 *
 * describeAdapter({
 *   name: 'HttpLLM with a fixed key',
 *   create: async ({ endpoint, ca, clock, issuer }) => ({
 *     llm: new HttpLLM({ endpoint, ca, clock, headers: { 'x-api-key': await issuer.issue() } }),
 *     credential: ({ headers }) => issuer.check(headers['x-api-key']),
 *   }),
 *   capabilities: { credential: 'fixed' },
 * });
 * ```
 */
export declare function describeAdapter(adapter: AdapterDescription): void;

// wire-format.d.ts
import type { Message, TokenUsage } from '@crew/core';
import { type RecordedRequest, type Reply } from '@crew/test-endpoint';
/** A turn of the model that a check scripts. */
export interface ScriptedTurn {
    readonly text?: string | undefined;
    readonly toolCalls?: readonly {
        readonly id: string;
        readonly name: string;
        readonly arguments: object;
    }[] | undefined;
    readonly usage?: TokenUsage | undefined;
}
/** A request decoded to Crew's own types. */
export interface DecodedRequest {
    readonly messages: readonly Message[];
    readonly stop: readonly string[];
    /** Names of the offered tools. */
    readonly tools: readonly string[];
}
/** The server side of the wire format of an adapter's service. Required if the service does not use chat completions. */
export interface WireFormat {
    /** Encodes a turn as the response to the request, streamed if the request asks for a stream. */
    encodeTurn(turn: ScriptedTurn, request: RecordedRequest): Reply;
    /** Decodes a request. */
    decodeRequest(request: RecordedRequest): DecodedRequest;
    /** Response of the service if the conversation is too long. Default: 400 `exceed_context_size_error`. */
    readonly contextOverflow?: Reply | undefined;
}
/** The chat-completions format. Missing parts of a request are decoded as empty, so that a check reports what is missing. */
export declare const chatCompletionsFormat: WireFormat;
