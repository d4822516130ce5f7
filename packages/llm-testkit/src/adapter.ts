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
