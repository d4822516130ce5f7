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
