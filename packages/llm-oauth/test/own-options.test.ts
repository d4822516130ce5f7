import { generateKeyPairSync } from 'node:crypto';
import { detectPrototypePollution, json, startEndpoint, text } from '@crew/llm-testkit';
import { describe, expect, it } from 'vitest';
import {
  clientSecretBasic,
  clientSecretJwt,
  clientSecretPost,
  customGrant,
  jwtBearer,
  OAuthLLM,
  oauth,
  privateKeyJwt,
  refreshToken,
  tokenExchange,
} from '../src/index.ts';

const NAMES = [
  ...['issuer', 'discovery', 'tokenEndpoint', 'revocationEndpoint', 'trustedOrigins', 'clientId', 'clientSecret'],
  ...['clientAuthentication', 'grant', 'scope', 'resource', 'audience', 'parameters', 'name', 'tenant', 'store'],
  ...['followChallenge', 'defaultLifetime', 'deadline', 'clock', 'encoding', 'kid', 'algorithm', 'header', 'claims'],
  ...['lifetime', 'key', 'subject', 'actor', 'requestedType', 'assertion', 'type'],
  // Members of a token response.
  ...['access_token', 'token_type', 'expires_in', 'refresh_in', 'refresh_token', 'error', 'error_description'],
];
const SECRET = 'a client secret of thirty-two bytes';

describe('options', () => {
  it('options are never read from Object.prototype [X27]', async () => {
    await using server = await startEndpoint({
      path: '*',
      respond: ({ path }) =>
        path.startsWith('/token')
          ? json({ access_token: 'token-1', token_type: 'Bearer', issued_token_type: ACCESS_TOKEN })
          : text('Hello'),
    });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const ways = [
      { clientSecret: SECRET },
      { clientAuthentication: clientSecretBasic(SECRET, {}) },
      { clientAuthentication: clientSecretPost(SECRET) },
      { clientAuthentication: clientSecretJwt(SECRET, {}) },
      { clientAuthentication: privateKeyJwt(privateKey, {}) },
      { grant: refreshToken('refresh-1') },
      { grant: customGrant({ type: 'urn:example:own' }) },
      { grant: jwtBearer({ key: privateKey, issuer: 'me' }) },
      { grant: tokenExchange({ subject: { token: 'subject-1', type: 'jwt' } }) },
    ];
    const reads = await detectPrototypePollution(NAMES, '/llm-oauth/src/', async () => {
      clientSecretBasic(SECRET, {});
      privateKeyJwt(privateKey, {});
      customGrant({ type: 'urn:example:own' });
      jwtBearer({ key: privateKey, issuer: 'me' });
      for (const way of ways) {
        const options = {
          issuer: 'https://idp.example',
          tokenEndpoint: `${server.origin}/token`,
          clientId: 'crew',
          ...way,
        };
        oauth(options);
        await using llm = new OAuthLLM({ endpoint: `${server.origin}/v1`, ...options });
        expect(await llm.call('Hello')).toBe('Hello');
      }
    });
    expect(reads).toEqual([]);
  });
});

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
