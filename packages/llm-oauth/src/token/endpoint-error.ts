import { type Clock, CredentialError, excerpt } from '@crew/core';
import { Scrubber } from '@crew/llm-http/adapter';
import { jsonObject, retryAfter, type ServerResponse, showUrl } from '../server/endpoint.ts';

/** An error response to a token or revocation request (RFC 6749, section 5.2), without its body. */
export class EndpointError extends CredentialError {
  /** The error code of the server, such as `invalid_grant`. `undefined` if it sent none. */
  readonly error: string | undefined;

  constructor(
    message: string,
    options: {
      readonly terminal: boolean;
      readonly retryAfter: number | undefined;
      readonly error: string | undefined;
    },
  ) {
    super(message, options);
    Object.defineProperty(this, 'name', { value: 'CredentialError' });
    this.error = options.error;
  }
}

/** Error codes of transient conditions (RFC 6749, section 4.1.2.1; RFC 8628, section 3.5). */
const TRANSIENT_ERRORS = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);
const ERROR_CODE = /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,100}$/;
const MAX_DESCRIPTION_LENGTH = 300;

const REMEDIES: Readonly<Record<string, string>> = {
  invalid_client:
    'The client was not authenticated: check its id, its secret or key, and the authentication method registered for it.',
  invalid_grant: 'The grant is expired, revoked, already used, or was issued for another server or client.',
  unauthorized_client: 'This client is not registered for this grant.',
  unsupported_grant_type: 'The server does not support this grant.',
  invalid_scope: 'Check `scope`: it is unknown, or not allowed for this client.',
  invalid_target: 'Check `resource` and `audience`: they are unknown, or not allowed for this client.',
};

/** Returns the error for an unsuccessful response. It contains only allow-listed parts of the response, without secrets. */
export function endpointError(
  response: ServerResponse,
  details: {
    readonly subject: string;
    readonly url: URL;
    readonly clock: Clock;
    readonly secrets: Iterable<string>;
  },
): EndpointError {
  const { subject, url, clock } = details;
  const { status, headers } = response;
  const body = jsonObject(response.text);
  const secrets = [...details.secrets, ...tokensIn(body)];
  const error = errorCode(body?.['error'], secrets);
  const retryAfterSeconds = retryAfter(headers, clock);
  const waitAdvice = retryAfterSeconds === undefined ? '' : ` Wait ${retryAfterSeconds} s before the next attempt.`;
  const endpoint = `${subject} ${showUrl(url)}`;
  if (error === undefined) {
    const form = body === undefined && response.text !== '' ? ' and a body that is not an OAuth error (not JSON)' : '';
    // Without an OAuth error, the response comes from a proxy or a broken deployment, which may be transient.
    return new EndpointError(`${endpoint} responded with status ${status}${form}.${waitAdvice}`, {
      terminal: false,
      retryAfter: retryAfterSeconds,
      error,
    });
  }
  const terminal = status < 500 && status !== 429 && status !== 408 && !TRANSIENT_ERRORS.has(error);
  const remedy = Object.hasOwn(REMEDIES, error) ? REMEDIES[error] : undefined;
  const serverDescription = description(body?.['error_description'], secrets);
  const sentences = [`${endpoint} refused the request: ${error} (status ${status}).`, remedy, serverDescription].filter(
    part => part !== undefined,
  );
  return new EndpointError(sentences.join(' ') + waitAdvice, { terminal, retryAfter: retryAfterSeconds, error });
}

/** Returns the tokens in an error response. */
function tokensIn(body: Readonly<Record<string, unknown>> = {}): readonly string[] {
  return ['access_token', 'refresh_token', 'id_token'].flatMap(name => {
    const token = body[name];
    return typeof token === 'string' ? [token] : [];
  });
}

/** Returns the error code if it is printable ASCII without quotes (RFC 6749, section 5.2). Others are not shown. */
function errorCode(value: unknown, secrets: Iterable<string>): string | undefined {
  if (typeof value !== 'string') return undefined;
  return ERROR_CODE.test(value) ? new Scrubber(secrets).text(value) : 'an unreadable error';
}

function description(value: unknown, secrets: Iterable<string>): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  return `The server said: "${excerpt(new Scrubber(secrets).text(value), MAX_DESCRIPTION_LENGTH)}"`;
}
