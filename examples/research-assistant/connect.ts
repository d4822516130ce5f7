import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { ConfigurationError } from '@crew/core';
import { ApiKeyLLM } from '@crew/llm-apikey';
import { type HttpLLM, JwtLLM } from '@crew/llm-jwt';
import { type CredentialCheck, simulatedModel, startEndpoint } from '@crew/test-endpoint';
import { errors, jwtVerify } from 'jose';
import { UsageError } from './options.ts';

/** A connection to a model. */
export interface Connection extends AsyncDisposable {
  readonly llm: HttpLLM;
  /** Returns a description of how the requests so far were authenticated. */
  readonly describeAuthentication: () => string;
  /** True if a simulated model gives the answers. */
  readonly isSimulated: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Connects to the endpoint that the environment names, or starts a local one.
 *
 * @throws {UsageError} if the environment names an endpoint and not exactly one credential.
 */
export async function connect(environment: Environment): Promise<Connection> {
  const { CREW_ENDPOINT: endpoint } = environment;
  return endpoint === undefined ? connectLocally() : connectTo(endpoint, environment);
}

function connectTo(endpoint: string, environment: Environment): Connection {
  const { CREW_MODEL: model, CREW_API_KEY: apiKey, CREW_JWT: token, CREW_JWT_FILE: tokenFile } = environment;
  const credentials = Object.entries({ CREW_API_KEY: apiKey, CREW_JWT: token, CREW_JWT_FILE: tokenFile }).filter(
    ([, value]) => value !== undefined,
  );
  if (credentials.length !== 1) {
    throw new UsageError(
      `CREW_ENDPOINT requires a credential. Set one of CREW_API_KEY, CREW_JWT and CREW_JWT_FILE; ${credentials.length} are set.`,
    );
  }
  const common = { endpoint, model };
  const llm = createLLM();
  const [name = ''] = credentials[0] ?? [];
  return {
    llm,
    describeAuthentication: () =>
      `${apiKey === undefined ? 'the JWT' : 'the key'} of ${name}, at ${new URL(endpoint).origin}`,
    isSimulated: false,
    [Symbol.asyncDispose]: () => llm.close(),
  };

  function createLLM(): HttpLLM {
    if (apiKey !== undefined) return new ApiKeyLLM({ ...common, apiKey });
    if (tokenFile !== undefined) return new JwtLLM({ ...common, tokenFile });
    if (token !== undefined) return new JwtLLM({ ...common, token });
    throw new ConfigurationError('There is no credential. Set CREW_API_KEY, CREW_JWT or CREW_JWT_FILE.');
  }
}

const ISSUER = 'research-assistant';
const AUDIENCE = 'local-endpoint';

async function connectLocally(): Promise<Connection> {
  // The key pair exists only for this run. The LLM signs with the private key; the endpoint verifies with the public key.
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let verifiedRequests = 0;
  const endpoint = await startEndpoint({
    credential: verifyJwt(publicKey, () => {
      verifiedRequests += 1;
    }),
    respond: simulatedModel(),
  });
  const llm = new JwtLLM({
    endpoint: endpoint.url,
    model: 'simulated',
    mint: { key: privateKey, issuer: ISSUER, audience: AUDIENCE, subject: 'npm start', lifetime: 300_000 },
  });
  return {
    llm,
    describeAuthentication: () =>
      `a JWT minted by this program (ES256, audience "${AUDIENCE}"); the endpoint verified signature, audience and expiry of ` +
      `${verifiedRequests} request${verifiedRequests === 1 ? '' : 's'}`,
    isSimulated: true,
    [Symbol.asyncDispose]: async () => {
      await llm.close();
      await endpoint.close();
    },
  };
}

/** Returns a check that accepts a request if its bearer token is signed with the key, is for `AUDIENCE`, and is not expired. */
function verifyJwt(key: KeyObject, onVerified: () => void): CredentialCheck {
  return async ({ headers }) => {
    const token = /^Bearer (.+)$/.exec(String(headers['authorization']))?.[1] ?? '';
    try {
      await jwtVerify(token, key, {
        algorithms: ['ES256'],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['exp'],
      });
      onVerified();
      return true;
    } catch (thrown) {
      const code = thrown instanceof errors.JOSEError ? thrown.code : 'unreadable';
      return {
        status: 401,
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
        body: { error: { message: `The token was refused: ${code}.` } },
      };
    }
  };
}
