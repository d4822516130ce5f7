import type { Clock, CrewEvent, CrewEventBase } from '@crew/core';

/** The server granted less than was asked for (RFC 6749, section 5.1). The token is used all the same. */
export interface OAuthScopeEvent extends CrewEventBase {
  readonly type: 'oauth-scope';
  /** The authenticator's name. */
  readonly authenticator: string;
  readonly granted: readonly string[];
  /** What was asked for and not granted. */
  readonly missing: readonly string[];
}

declare module '@crew/core' {
  interface CrewEvents {
    'oauth-scope': OAuthScopeEvent;
  }
}

/** Tells of scopes that were not granted. A response without a scope grants what was asked for. */
export function reportScope(
  asked: string | undefined,
  granted: string | undefined,
  to: { readonly name: string; readonly clock: Clock; emit(event: CrewEvent): void },
): void {
  if (asked === undefined || granted === undefined) return;
  const given = new Set(granted.split(' ').filter(scope => scope !== ''));
  const missing = asked.split(' ').filter(scope => scope !== '' && !given.has(scope));
  if (missing.length === 0) return;
  to.emit({ type: 'oauth-scope', authenticator: to.name, granted: [...given], missing, at: to.clock.wall() });
}
