import type { BaseLLM, Clock } from '@crew/core';
import type { CredentialCheck, EndpointOptions, RecordedRequest, Reply } from '@crew/test-endpoint';
import type { AdapterWire } from './wire-format.ts';

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
