// The public surface of @crew/llm-testkit. Written by `pnpm api:update`; see docs/versions.md.

// adapter.d.ts
import type { BaseLLM, Clock } from '@crew/core';
import type { CredentialCheck, EndpointOptions, RecordedRequest, Reply } from '@crew/test-endpoint';
import type { AdapterWire } from './wire/wire.ts';
/** What the conformance suite has to know of an adapter. The default export of a module that the command line checks. */
export interface AdapterDescription {
    /** The name of the package or the class, for reports. */
    readonly name: string;
    /**
     * Makes a new LLM against a local endpoint, with credentials that the endpoint can verify. Called once for each check
     * (twice by some), and what it makes is closed after it: share nothing between two of them.
     */
    create(setting: AdapterSetting): AdapterUnderTest | Promise<AdapterUnderTest>;
    /** What the adapter does not do. What is not said here is expected of it. */
    readonly capabilities?: AdapterCapabilities | undefined;
    /** How the endpoint must be started: with TLS, say, or asking for client certificates. Default: plain HTTP/1.1. */
    readonly endpoint?: AdapterEndpoint | undefined;
    /** How the adapter's service writes turns. Default: chat completions. */
    readonly wire?: AdapterWire | undefined;
}
/** The part of the endpoint's options that an adapter may need. */
export type AdapterEndpoint = Pick<EndpointOptions, 'tls' | 'http2' | 'clientCertificate' | 'clientAuthorities'>;
/** What an LLM is made for: one endpoint, started for one check. */
export interface AdapterSetting {
    /** The full URL to post to. */
    readonly endpoint: string;
    /** PEM of the authority behind the endpoint's certificate; undefined over plain HTTP, and where it must not be trusted. */
    readonly ca: string | undefined;
    /** A clock that runs, and that checks move forward. Give it to the LLM and to what keeps credentials. */
    readonly clock: Clock;
    /** Gives and judges the credentials of this check. */
    readonly issuer: CredentialIssuer;
    /**
     * Names a further secret that must appear nowhere: a password, a private key. Gives it back. At least 8 characters.
     */
    secret(label: string, value?: string): string;
}
/** The other side of an adapter's authentication, played by the suite: it issues credentials, and revokes them. */
export interface CredentialIssuer {
    /**
     * One new credential, valid until a check revokes it. Await it wherever the LLM *obtains* one: in the callback that
     * gives a key, in the token endpoint or login page that your test serves. Checks count these calls, let them wait, and
     * make them reject to play an outage: then answer as the real service does when it is down.
     *
     * It is a text that was never seen before and must never be seen again; put it into a larger credential (a claim of a
     * JWT, say) if need be. With `value` your own is issued: the fingerprint of a client certificate, which is no secret.
     */
    issue(value?: string): Promise<string>;
    /** Whether a credential is one that was issued and not revoked; for an `AdapterUnderTest.credential`. */
    check(value: string | undefined): ReturnType<CredentialCheck>;
}
/** One LLM, and the server's side of its authentication. */
export interface AdapterUnderTest {
    readonly llm: BaseLLM;
    /**
     * How the endpoint judges the credential of a request: `request => issuer.check(...)`. Needed unless
     * `capabilities.credential` is `none`.
     */
    readonly credential?: CredentialCheck | undefined;
    /** Further paths of the endpoint, such as a token endpoint or a login: asked for no credential. */
    readonly routes?: Readonly<Record<string, (request: RecordedRequest) => Reply | Promise<Reply>>> | undefined;
    /** Closes what `create` opened besides the LLM. Called after `llm.close()`. */
    close?(): void | Promise<void>;
}
/** What an adapter does. Each member's absence means the most that can be expected. */
export interface AdapterCapabilities {
    /**
     * `renewed` (default): it obtains credentials, from `issuer.issue()`, and a new one when one is refused. `fixed`: it is
     * given one for good. `none`: it needs none.
     */
    readonly credential?: 'renewed' | 'fixed' | 'none' | undefined;
    /** It calls functions. Default true. */
    readonly tools?: boolean | undefined;
    /** Streamed text comes in parts as the server sends them. Default true; `false`: as one part at the end. */
    readonly streaming?: boolean | undefined;
    /** It reports how many tokens a turn took. Default true. */
    readonly usage?: boolean | undefined;
    /** It tries again after 503 and lost connections. Default true. */
    readonly retries?: boolean | undefined;
    /** It bounds the size of answers. Default true. */
    readonly responseLimit?: boolean | undefined;
    /** It can be told which authority to trust: the setting's `ca`. Default true. */
    readonly privateAuthority?: boolean | undefined;
    /** Its connections are its own, and end with `close()`. Default true; `false` for the runtime's own fetch. */
    readonly ownConnections?: boolean | undefined;
}

// check-adapter.d.ts
import type { AdapterCapabilities, AdapterDescription } from './adapter.ts';
import type { Check, CheckResult } from './check/check.ts';
/** Milliseconds that one check may take. */
export declare const CHECK_LIMIT = 20000;
/**
 * Runs the whole suite on an adapter, without a test runner, one check after the other: some look at what the process prints.
 * Failures are results, never rejections.
 *
 * @example
 * const results = await checkAdapter(adapter);
 * process.exitCode = results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
 */
export declare function checkAdapter(adapter: AdapterDescription): Promise<readonly CheckResult[]>;
/** Runs one check on a new LLM. Rejects when the adapter fails it. */
export declare function runCheck(check: Check, adapter: AdapterDescription): Promise<void>;
/** Why a check does not apply to an adapter with these capabilities; undefined when it does. */
export declare function inapplicable(check: Check, capabilities?: AdapterCapabilities): string | undefined;

// check/check.d.ts
import type { AdapterCapabilities } from '../adapter.ts';
import type { Trial, TrialOptions } from '../trial/trial.ts';
/** The parts of the suite. */
export type CheckFamily = 'contract' | 'transport' | 'credentials' | 'leaks';
/** What a check may need an adapter to do. */
export type Need = Exclude<keyof AdapterCapabilities, 'credential'> | 'credential' | 'renewal';
/** One thing that is expected of every adapter. */
export interface Check {
    /** A sentence about the adapter. */
    readonly name: string;
    readonly family: CheckFamily;
    /** One sentence: what goes wrong in a program whose adapter fails it. */
    readonly why: string;
    /** Where to read how to do it: a page of the repository and a heading in it. */
    readonly guide: string;
    /** What the adapter has to do for the check to apply. Default: nothing special. */
    readonly needs?: readonly Need[] | undefined;
    /** How the endpoint is started. */
    readonly trial?: TrialOptions | undefined;
    /** Rejects when the adapter fails. */
    run(trial: Trial): Promise<void>;
}
/** What became of a check. */
export interface CheckResult {
    readonly name: string;
    readonly family: CheckFamily;
    readonly why: string;
    readonly guide: string;
    /** `not-applicable`: the adapter says that it does not do this. */
    readonly outcome: 'passed' | 'failed' | 'not-applicable';
    /** Of a failed one: what is wrong. */
    readonly error?: Error | undefined;
    /** Of one that does not apply: which capability it needs. */
    readonly reason?: string | undefined;
    readonly durationMs: number;
}
/** The page that explains all checks, a heading for each kind. */
export declare function guide(heading: string): string;

// checks.d.ts
import type { Check } from './check/check.ts';
/** The whole suite, in the order in which it is reported. Each check stands for itself. */
export declare const checks: readonly Check[];

// describe-adapter.d.ts
import type { AdapterDescription } from './adapter.ts';
/**
 * The suite as vitest tests: one for each check that applies to the adapter, by family.
 *
 * @example
 * describeAdapter({ name: 'my-auth', create: ({ endpoint, issuer }) => ({ llm: ..., credential: ... }) });
 */
export declare function describeAdapter(adapter: AdapterDescription): void;

// fake-llm.d.ts
import { type AssistantTurn, BaseLLM, type BaseLLMOptions, type StreamPart, type TurnRequest } from '@crew/core';
/** One scripted turn: a text, a whole turn, an error to throw, or a function that looks at the request first. */
export type FakeTurn = string | AssistantTurn | Error | ((request: TurnRequest) => string | AssistantTurn | Promise<string | AssistantTurn>);
/** What a fake LLM says of itself. */
export interface FakeLLMOptions extends BaseLLMOptions {
    /** Default true. `false` makes agents use the text protocol. */
    readonly functionCalling?: boolean | undefined;
    /** Default true. */
    readonly stopWords?: boolean | undefined;
    /** Tokens. Default `Infinity`. */
    readonly contextWindow?: number | undefined;
}
/**
 * An LLM that says what the script says, for tests of your agents. Asked for more turns than are scripted it throws;
 * `assertUsed()` (or the end of an `await using` block) throws when turns are left over.
 *
 * ```ts
 * await using llm = fakeLLM([{ text: '', toolCalls: [{ id: '1', name: 'search', arguments: '{}' }] }, 'The answer.']);
 * ```
 */
export declare function fakeLLM(turns: readonly FakeTurn[], options?: FakeLLMOptions): FakeLLM;
/** What `fakeLLM` makes. */
export declare class FakeLLM extends BaseLLM {
    #private;
    /** Every request so far, as the hook received it. */
    readonly requests: TurnRequest[];
    constructor(turns: readonly FakeTurn[], options?: FakeLLMOptions);
    /** Asks for one turn, as `generate` does. */
    call(...[messages, options]: Parameters<BaseLLM['call']>): Promise<AssistantTurn>;
    supportsFunctionCalling(): boolean;
    supportsStopWords(): boolean;
    getContextWindowSize(): number;
    respond(request: TurnRequest): Promise<AssistantTurn>;
    /** The scripted turn word by word. */
    respondStream(request: TurnRequest): AsyncIterable<StreamPart>;
    /** Throws when scripted turns were not asked for, or more were asked for than are scripted. */
    assertUsed(): void;
    [Symbol.asyncDispose](): Promise<void>;
}

// index.d.ts
export * from '@crew/test-endpoint';
export type { AdapterCapabilities, AdapterDescription, AdapterEndpoint, AdapterSetting, AdapterUnderTest, CredentialIssuer, } from './adapter.ts';
export type { Check, CheckFamily, CheckResult, Need } from './check/check.ts';
export { checkAdapter } from './check-adapter.ts';
export { checks } from './checks.ts';
export { FakeLLM, type FakeLLMOptions, type FakeTurn, fakeLLM } from './fake-llm.ts';
export { type ScenarioClientOptions, scenarioClient } from './leaks/scenario-client.ts';
export { report } from './report.ts';
export type { Trial, TrialOptions } from './trial/trial.ts';
export type { AdapterWire, WireRequest, WireTurn } from './wire/wire.ts';

// leaks/scenario-client.d.ts
import { type BaseLLM } from '@crew/core';
import type { LeakHarness, RecordedRequest, ScenarioClient } from '@crew/test-endpoint';
/** An LLM for `runFailingScenarios`. */
export interface ScenarioClientOptions {
    readonly llm: BaseLLM;
    readonly harness: LeakHarness;
    /** Whether a request carries the planted credentials. */
    isSent(request: RecordedRequest): boolean;
    /** What else a program may print: its authenticator, its options. */
    readonly objects?: readonly unknown[] | undefined;
}
/**
 * An LLM as `runFailingScenarios` of test-endpoint asks for it: called, streamed, put into a tool loop with a journal,
 * and called again when it is closed. All its events go to the harness.
 *
 * @example
 * await runFailingScenarios(harness, setting => {
 *   const llm = new MyLLM({ ...setting, apiKey });
 *   return scenarioClient({ llm, harness, isSent: ({ headers }) => headers['x-api-key'] === apiKey });
 * });
 */
export declare function scenarioClient({ llm, harness, isSent, objects }: ScenarioClientOptions): ScenarioClient;

// report.d.ts
import type { Check, CheckResult } from './check/check.ts';
/**
 * Returns the results as text for people: one line for each check, and for a failed one what is wrong, why it matters, and
 * where to read on. Only printable characters of what adapters and servers say are in it.
 */
export declare function report(name: string, results: readonly CheckResult[]): string;
/** Describes what is wrong, why it matters, and where to read on, in printable characters. */
export declare function explain({ why, guide }: Pick<Check, 'why' | 'guide'>, thrown: unknown): string;

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
/** The issuer of one check, as the check sees it: it counts, holds and fails. */
export declare class ControlledIssuer implements CredentialIssuer {
    #private;
    /** Whether credentials can be had. */
    available: boolean;
    /** How many were asked for. */
    asked: number;
    constructor(plant: (label: string, value: string) => string);
    issue(value?: string): Promise<string>;
    check(value: string | undefined): true | typeof REFUSED;
    /** Refuses every credential that was issued so far. */
    revoke(): void;
    /** Lets whoever obtains a credential wait, until what comes back is called. */
    hold(): () => void;
    /** Resolves when a credential is asked for the next time. */
    whenAsked(): Promise<void>;
}
export {};

// trial/running-clock.d.ts
import { type Clock } from '@crew/core';
/** The machine's clock with an offset that a check can enlarge. */
export declare class RunningClock implements Clock {
    #private;
    /** With `skipsPauses` a short sleep, such as the one before a retry, is over at once. Others last as long as they do. */
    constructor({ skipsPauses }?: {
        readonly skipsPauses?: boolean | undefined;
    });
    wall(): number;
    monotonic(): number;
    sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
    /** Moves both clocks forward. Sleeps under way last as long as they would have. */
    skip(milliseconds: number): void;
    /** Moves both clocks forward, and ends the sleeps that are then due: the deadlines of calls under way, for instance. */
    pass(milliseconds: number): void;
}

// trial/trial.d.ts
import type { BaseLLM } from '@crew/core';
import { type Delay, type Endpoint, type LeakHarness, type RecordedRequest, type Refusal, type Reply } from '@crew/test-endpoint';
import type { AdapterCapabilities, AdapterDescription } from '../adapter.ts';
import type { AdapterWire, WireRequest, WireTurn } from '../wire/wire.ts';
import { ControlledIssuer } from './issuer.ts';
import { RunningClock } from './running-clock.ts';
/** What the endpoint does with one request that it let in. */
export type Answer = Reply | ((request: RecordedRequest) => Reply | Promise<Reply>);
/** How the endpoint of a check differs from the description's. */
export interface TrialOptions {
    /** Serve TLS in any case, and let the adapter trust its authority, or not. */
    readonly tls?: 'trusted' | 'unknown' | undefined;
    /** The adapter's clock skips short sleeps, so that retries cost no time. Not for a check of a deadline. */
    readonly skipsPauses?: boolean | undefined;
}
/** One LLM at one endpoint, for one check. */
export declare class Trial implements AsyncDisposable {
    #private;
    readonly issuer: ControlledIssuer;
    readonly clock: RunningClock;
    readonly harness: LeakHarness;
    readonly wire: AdapterWire;
    readonly capabilities: AdapterCapabilities;
    /** The answer to whatever the queue has none for. */
    always: Answer | undefined;
    /** The requests to the model so far, refused ones included. */
    readonly requests: RecordedRequest[];
    constructor({ wire, capabilities }: AdapterDescription, options?: TrialOptions);
    /** Starts an endpoint and has the adapter make an LLM for it. */
    static open(description: AdapterDescription, options?: TrialOptions): Promise<Trial>;
    get llm(): BaseLLM;
    get endpoint(): Endpoint;
    /** The URL that the LLM posts to. */
    get url(): string;
    /** Adds answers to the end of the queue. */
    answer(...answers: readonly Answer[]): void;
    /** An answer: this is what the model says. */
    says(turn: WireTurn | string): (request: RecordedRequest) => Reply;
    /** The same with a delay between the pieces of its body. */
    slowly(answer: (request: RecordedRequest) => Reply, betweenChunks: Delay): (request: RecordedRequest) => Reply;
    /** The same, of which only the beginning with some text is sent until the promise is settled. */
    heldBack(answer: (request: RecordedRequest) => Reply, until: Promise<unknown>): (request: RecordedRequest) => Reply;
    /** What the request of that number said. */
    read(index: number): WireRequest;
    /** Refuses every credential from now on, whatever the adapter's own check says. */
    refuse(refusal: (request: RecordedRequest) => Refusal): void;
    /** Resolves when so many requests have come. */
    whenRequested(count?: number): Promise<void>;
    /** Resolves when the connections (or streams) of all requests so far are closed. */
    whenAllClosed(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// vitest.d.ts
export { describeAdapter } from './describe-adapter.ts';

// wire/wire.d.ts
import type { Message, TokenUsage } from '@crew/core';
import type { RecordedRequest, Reply } from '@crew/test-endpoint';
/** What the model says in a check. */
export interface WireTurn {
    readonly text?: string | undefined;
    readonly toolCalls?: readonly {
        readonly id: string;
        readonly name: string;
        readonly arguments: object;
    }[] | undefined;
    readonly usage?: TokenUsage | undefined;
}
/** What a request says, read back into Crew's own terms. */
export interface WireRequest {
    readonly messages: readonly Message[];
    readonly stop: readonly string[];
    /** The names of the tools on offer. */
    readonly tools: readonly string[];
}
/** How the service behind an adapter writes turns, for one that does not speak chat completions. */
export interface AdapterWire {
    /** The turn as the service answers this request, streamed where the request asks for that. */
    reply(turn: WireTurn, request: RecordedRequest): Reply;
    /** What the request says. */
    read(request: RecordedRequest): WireRequest;
    /** How it says that the conversation is too long. Default: 400 `exceed_context_size_error`. */
    readonly contextOverflow?: Reply | undefined;
}
