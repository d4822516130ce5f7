import { type Clock, CredentialError, excerpt } from '@crew/core';
import { Scrubber } from '@crew/llm-http/adapter';
import { jsonObject, retryAfter, type ServerResponse, showUrl } from '../server/endpoint.ts';

/** A server's refusal of a token or revocation request (RFC 6749, section 5.2), without its body. */
export class EndpointError extends CredentialError {
  /** The server's `error`, such as `invalid_grant`. `undefined` when it sent none. */
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

/** What may pass by itself (RFC 6749, section 4.1.2.1; RFC 8628, section 3.5). */
const TRANSIENT_ERRORS = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);
const ERROR_CODE = /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,100}$/;
const MAX_DESCRIPTION_LENGTH = 300;

const REMEDIES: Readonly<Record<string, string>> = {
  invalid_client:
    'The client was not recognised: check its id, its secret or key, and the way of authentication that is registered for it.',
  invalid_grant: 'What was presented is expired, revoked, already used, or not meant for this server or client.',
  unauthorized_client: 'This client is not registered for this grant.',
  unsupported_grant_type: 'The server does not know this grant.',
  invalid_scope: 'Check `scope`: the server does not know it, or does not give it to this client.',
  invalid_target: 'Check `resource` and `audience`: the server does not know them, or not for this client.',
};

/** The error of an answer that is no success. Only allow-listed parts of the answer are in it, scrubbed. */
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
  const waitAdvice = retryAfterSeconds === undefined ? '' : ` It asks to wait ${retryAfterSeconds} s.`;
  const endpoint = `${subject} ${showUrl(url)}`;
  if (error === undefined) {
    const form = body === undefined && response.text !== '' ? ', and not in the form of OAuth (no JSON)' : '';
    // Without an error of OAuth it is some proxy or a broken deployment that speaks, and that may pass.
    return new EndpointError(`${endpoint} answered with status ${status}${form}.${waitAdvice}`, {
      terminal: false,
      retryAfter: retryAfterSeconds,
      error,
    });
  }
  const terminal = status < 500 && status !== 429 && status !== 408 && !TRANSIENT_ERRORS.has(error);
  const remedy = Object.hasOwn(REMEDIES, error) ? REMEDIES[error] : undefined;
  const serverDescription = description(body?.['error_description'], secrets);
  const sentences = [`${endpoint} refused: ${error} (status ${status}).`, remedy, serverDescription].filter(
    part => part !== undefined,
  );
  return new EndpointError(sentences.join(' ') + waitAdvice, { terminal, retryAfter: retryAfterSeconds, error });
}

/** Tokens that came with the refusal. */
function tokensIn(body: Readonly<Record<string, unknown>> = {}): readonly string[] {
  return ['access_token', 'refresh_token', 'id_token'].flatMap(name => {
    const token = body[name];
    return typeof token === 'string' ? [token] : [];
  });
}

/** `error` is printable ASCII without quotes (RFC 6749, section 5.2); anything else is not shown. */
function errorCode(value: unknown, secrets: Iterable<string>): string | undefined {
  if (typeof value !== 'string') return undefined;
  return ERROR_CODE.test(value) ? new Scrubber(secrets).text(value) : 'an unreadable error';
}

function description(value: unknown, secrets: Iterable<string>): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  return `The server said: "${excerpt(new Scrubber(secrets).text(value), MAX_DESCRIPTION_LENGTH)}"`;
}
