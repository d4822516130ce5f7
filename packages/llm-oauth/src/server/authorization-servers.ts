import type { Clock } from '@crew/core';
import { RenewingCredentials } from '@crew/llm-http/adapter';
import type { Resolved } from '../settings.ts';
import type { AuthorizationServer } from './authorization-server.ts';
import { discover } from './discovery.ts';

/** How long metadata are believed, in milliseconds. They are read again in the background before that. */
const LIFETIME = 3_600_000;

/** The metadata of authorization servers, each read once for all who need it. */
export class AuthorizationServers {
  readonly #known: RenewingCredentials<AuthorizationServer>;
  #fetch: typeof fetch = fetch;

  constructor(options: { readonly clock: Clock; readonly deadline: number | undefined; readonly name: string }) {
    const { clock, deadline, name } = options;
    this.#known = new RenewingCredentials<AuthorizationServer>({
      name: `${name} (discovery)`,
      clock,
      deadline,
      obtain: async ({ key: [issuer = '', kind, ...trusted], signal }) => ({
        value: await discover(issuer, {
          fetch: this.#fetch,
          signal,
          kind: kind === 'oauth2' || kind === 'oidc' ? kind : undefined,
          trustedOrigins: trusted.filter(origin => origin !== undefined),
        }),
        expiresAt: clock.wall() + LIFETIME,
      }),
    });
  }

  /** @throws {CredentialError} when the metadata cannot be had. */
  async of(settings: Resolved, fetch: typeof globalThis.fetch, signal: AbortSignal): Promise<AuthorizationServer> {
    const { server, discovery, revocationEndpoint } = settings;
    if (server !== undefined) return server;
    if (discovery === undefined) throw new TypeError('Resolved settings have a server or discovery.');
    this.#fetch = fetch;
    const known = this.#known.of([discovery.issuer, discovery.kind, ...discovery.trustedOrigins]);
    const found = known.fresh() ?? (await known.get(signal));
    return revocationEndpoint === undefined ? found : { ...found, revocationEndpoint };
  }

  close(): void {
    this.#known.close();
  }
}
