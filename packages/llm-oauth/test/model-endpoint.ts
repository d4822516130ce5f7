import { type Endpoint, type Refusal, startEndpoint, text } from '@crew/llm-testkit';
import { importJWK, jwtVerify } from 'jose';
import { type AuthorizationServer, RESOURCE } from './authorization-server.ts';

/** Starts a model endpoint over TLS that verifies the access token: signature, issuer, audience, expiry and any `cnf`. */
export async function startModelEndpoint(
  server: AuthorizationServer,
  options: { readonly audience?: string; readonly now?: () => Date } = {},
): Promise<Endpoint> {
  const key = await importJWK(server.keys.jwk, 'ES256');
  const { audience = RESOURCE } = options;
  return startEndpoint({
    tls: { authority: server.authority },
    clientCertificate: 'request',
    clientAuthorities: [server.ca],
    credential: async request => {
      const token = /^Bearer (.+)$/.exec(request.headers['authorization'] ?? '')?.[1];
      if (token === undefined) return refusal('no token');
      try {
        const currentDate = options.now?.();
        const checks = { issuer: server.issuer, audience, ...(currentDate === undefined ? {} : { currentDate }) };
        const { payload } = await jwtVerify(token, key, checks);
        const confirmation = payload['cnf'] as { 'x5t#S256'?: string } | undefined;
        const shown = request.tls?.peer?.fingerprint256.replaceAll(':', '');
        const bound = confirmation?.['x5t#S256'];
        if (bound !== undefined && bound !== Buffer.from(shown ?? '', 'hex').toString('base64url')) {
          return refusal('another certificate');
        }
        return true;
      } catch {
        return refusal('invalid token');
      }
    },
    respond: () => text('Hello.'),
  });
}

function refusal(description: string): Refusal {
  const challenge = `Bearer error="invalid_token", error_description="${description}"`;
  return { status: 401, headers: { 'www-authenticate': challenge }, body: { error: { message: description } } };
}
