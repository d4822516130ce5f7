import { ConfigurationError, CredentialError, CrewError } from '@crew/core';
import { quoteError, sanitiseCause, sanitiseCauses } from '../errors/sanitise.ts';
import type { AttemptRequest } from './attempt-request.ts';
import type {
  AuthContext,
  Authenticator,
  AuthHost,
  ConnectionCredentials,
  Refusal,
  ResponseHead,
} from './authenticator.ts';

/** The value of the `auth` option: one authenticator, several, or none. */
export type Authentication = Authenticator | readonly Authenticator[] | undefined;

const METHODS = ['attach', 'connection', 'onResponse', 'isRefusal', 'onRefusal', 'onRateLimit', 'close'] as const;

/**
 * Returns all authenticators in one list, in the given order. An adapter puts its own before those of its user.
 *
 * @throws {ConfigurationError} if a value is not an authenticator, if an authenticator occurs twice, or if two of them have
 * a `connection` method.
 *
 * @example
 * ```ts no-run
 * import { type Authenticator, HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
 * import { authenticators } from '@crew/llm-http/adapter';
 *
 * const tenant: Authenticator = {
 *   name: 'tenant',
 *   authenticate: request => request.setHeader('x-tenant', 'blue'),
 * };
 *
 * class TenantLLM extends HttpLLM {
 *   constructor({ auth, ...rest }: HttpLLMOptions) {
 *     super({ ...rest, auth: authenticators(tenant, auth) });
 *   }
 * }
 *
 * await using llm = new TenantLLM({ endpoint: 'https://gateway.example/v1/chat/completions' });
 * console.log(await llm.call('Say good morning.'));
 * ```
 */
export function authenticators(...auth: readonly Authentication[]): readonly Authenticator[] {
  const list = auth.flatMap(some => some ?? []);
  for (const one of list) checkShape(one);
  if (new Set(list).size < list.length)
    throw new ConfigurationError('auth has the same authenticator twice. Remove one.');
  const connecting = list.filter(one => one.connection !== undefined);
  if (connecting.length > 1) {
    const names = connecting.map(({ name }) => name).join(' and ');
    throw new ConfigurationError(
      `auth has two client certificates (${names}), but a connection presents only one. Remove one.`,
    );
  }
  return list;
}

function checkShape(one: unknown): void {
  if (typeof one !== 'object' || one === null) {
    throw new ConfigurationError('auth must be an authenticator, an object with `name` and `authenticate`, or a list.');
  }
  const name: unknown = Reflect.get(one, 'name');
  if (typeof name !== 'string' || name === '') throw new ConfigurationError('An authenticator must have a `name`.');
  if (typeof Reflect.get(one, 'authenticate') !== 'function') {
    throw new ConfigurationError(`The authenticator ${name} must have a method \`authenticate\`.`);
  }
  for (const method of METHODS) {
    const value: unknown = Reflect.get(one, method);
    if (value !== undefined && typeof value !== 'function') {
      throw new ConfigurationError(`\`${method}\` of the authenticator ${name} must be a method.`);
    }
  }
}

/** The authenticators of one LLM, called in their order. Errors that they throw become `CrewError`s. */
export class AuthenticatorChain {
  readonly #list: readonly Authenticator[];

  constructor(list: readonly Authenticator[]) {
    this.#list = list;
  }

  /** The names of all authenticators, separated by commas; empty if there are none. */
  get names(): string {
    return this.#list.map(({ name }) => name).join(', ');
  }

  /** True if an authenticator recognises refusals by their body. */
  get hasRefusalCheck(): boolean {
    return this.#list.some(one => one.isRefusal !== undefined);
  }

  /** Attaches the authenticators to an LLM. If one of them throws, those before it are detached again. */
  attach(host: AuthHost): void {
    const attached: Authenticator[] = [];
    try {
      for (const authenticator of this.#list) {
        authenticator.attach?.(host);
        attachments().set(authenticator, (attachments().get(authenticator) ?? 0) + 1);
        attached.push(authenticator);
      }
    } catch (thrown) {
      void detach(attached).catch(() => undefined);
      throw thrown;
    }
  }

  /** Closes the authenticators that no other LLM uses. Rejects with the first failure after all have been closed. */
  detach(): Promise<void> {
    return detach(this.#list);
  }

  /** Returns the credentials to connect with. Returns a promise only if the authenticator does. */
  connection(signal: AbortSignal): ConnectionCredentials | undefined | Promise<ConnectionCredentials> {
    const source = this.#list.find(one => one.connection !== undefined);
    if (source?.connection === undefined) return undefined;
    let credentials: ConnectionCredentials | Promise<ConnectionCredentials>;
    try {
      credentials = source.connection({ signal });
    } catch (thrown) {
      throw toCrewError(source, thrown);
    }
    if (!isThenable(credentials)) return credentials;
    return Promise.resolve(credentials).catch((thrown: unknown) => {
      throw toCrewError(source, thrown);
    });
  }

  /** Puts each credential on the request. Returns a promise only if an authenticator does. */
  authenticate(request: AttemptRequest, context: AuthContext, from = 0): void | Promise<void> {
    for (let index = from; index < this.#list.length; index += 1) {
      const authenticator = this.#list[index];
      if (authenticator === undefined) return;
      request.setBy(authenticator);
      let pending: void | Promise<void>;
      try {
        pending = authenticator.authenticate(request, context);
      } catch (thrown) {
        throw toCrewError(authenticator, thrown);
      }
      if (!isThenable(pending)) continue;
      return Promise.resolve(pending).then(
        () => this.authenticate(request, context, index + 1),
        thrown => {
          throw toCrewError(authenticator, thrown);
        },
      );
    }
  }

  /** Notifies every authenticator of a response. */
  notifyResponse(head: ResponseHead, context: AuthContext): void {
    for (const authenticator of this.#list) {
      try {
        authenticator.onResponse?.(head, context);
      } catch (thrown) {
        throw toCrewError(authenticator, thrown);
      }
    }
  }

  /**
   * Returns the authenticators whose credential the response refuses; `undefined` if it is not a refusal. A 401 does not
   * tell which of them is refused. A 429 is never a refusal. `bodyStart` is called only if an authenticator checks the body.
   */
  refused(head: ResponseHead, bodyStart: () => string): readonly Authenticator[] | undefined {
    if (head.status === 401) return this.#list;
    if (head.status === 429 || !this.hasRefusalCheck) return undefined;
    const refusal = { ...head, bodyStart: bodyStart() };
    const refused = this.#list.find(one => isRefusal(one, refusal));
    return refused === undefined ? undefined : [refused];
  }

  /** Returns the milliseconds until an authenticator has another credential, if a 429 is about the credential. */
  rateLimitDelay(head: ResponseHead, context: AuthContext): number | undefined {
    if (head.status !== 429) return undefined;
    const delays = this.#list.flatMap(one => one.onRateLimit?.(head, context) ?? []);
    return delays.length === 0 ? undefined : Math.max(...delays);
  }
}

/** Returns an error that an authenticator threw as a `CrewError`. */
export function toCrewError(authenticator: Authenticator, thrown: unknown): CrewError {
  if (CrewError.isInstance(thrown)) return sanitiseCauses(thrown);
  const quoted = quoteError(thrown);
  return new CredentialError(`${authenticator.name}: the request could not be authenticated: ${quoted}`, {
    cause: sanitiseCause(thrown),
  });
}

/** Returns true for a promise. In JavaScript a method that should return nothing may still return a value. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function isRefusal(authenticator: Authenticator, refusal: Refusal): boolean {
  try {
    return authenticator.isRefusal?.(refusal) === true;
  } catch (thrown) {
    throw toCrewError(authenticator, thrown);
  }
}

async function detach(authenticators: readonly Authenticator[]): Promise<void> {
  const unused = authenticators.filter(authenticator => {
    const left = (attachments().get(authenticator) ?? 1) - 1;
    if (left > 0) attachments().set(authenticator, left);
    else attachments().delete(authenticator);
    return left <= 0;
  });
  const results = await Promise.allSettled(unused.map(async authenticator => authenticator.close?.()));
  const failed = results.find(result => result.status === 'rejected');
  if (failed) throw failed.reason;
}

const ATTACHMENTS = Symbol.for('@crew/llm-http/attachments');

/** Returns the number of LLMs that each authenticator is attached to, counted across all copies of this package. */
function attachments(): WeakMap<Authenticator, number> {
  const existing: unknown = Reflect.get(globalThis, ATTACHMENTS);
  if (existing instanceof WeakMap) return existing;
  const created = new WeakMap<Authenticator, number>();
  Object.defineProperty(globalThis, ATTACHMENTS, { value: created });
  return created;
}
