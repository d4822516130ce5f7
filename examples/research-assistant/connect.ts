import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { ConfigurationError } from '@crew/core';
import { ApiKeyLLM } from '@crew/llm-apikey';
import { type HttpLLM, JwtLLM } from '@crew/llm-jwt';
import { type CredentialCheck, simulatedModel, startEndpoint } from '@crew/test-endpoint';
import { errors, jwtVerify } from 'jose';
import { UsageError } from './options.ts';

/** A model to ask, and how it is asked. */
export interface Connection extends AsyncDisposable {
  readonly llm: HttpLLM;
  /** How requests were authenticated so far, for a person. */
  readonly authentication: () => string;
  /** Whether the answers are a stand-in's. */
  readonly simulatedModel: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The endpoint that the environment names, or one of our own on this machine. */
export async function connect(environment: Environment): Promise<Connection> {
  const { CREW_ENDPOINT: endpoint } = environment;
  return endpoint === undefined ? connectLocally() : connectTo(endpoint, environment);
}

function connectTo(endpoint: string, environment: Environment): Connection {
  const { CREW_MODEL: model, CREW_API_KEY: apiKey, CREW_JWT: token, CREW_JWT_FILE: tokenFile } = environment;
  const given = Object.entries({ CREW_API_KEY: apiKey, CREW_JWT: token, CREW_JWT_FILE: tokenFile }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length !== 1) {
    throw new UsageError(
      `CREW_ENDPOINT needs one of CREW_API_KEY, CREW_JWT and CREW_JWT_FILE; ${given.length} are set.`,
    );
  }
  const common = { endpoint, model };
  const llm = make();
  const [name = ''] = given[0] ?? [];
  return {
    llm,
    authentication: () => `${apiKey === undefined ? 'the JWT' : 'the key'} of ${name}, at ${new URL(endpoint).origin}`,
    simulatedModel: false,
    [Symbol.asyncDispose]: () => llm.close(),
  };

  function make(): HttpLLM {
    if (apiKey !== undefined) return new ApiKeyLLM({ ...common, apiKey });
    if (tokenFile !== undefined) return new JwtLLM({ ...common, tokenFile });
    if (token !== undefined) return new JwtLLM({ ...common, token });
    throw new ConfigurationError('There is no credential.');
  }
}

const ISSUER = 'research-assistant';
const AUDIENCE = 'local-endpoint';

async function connectLocally(): Promise<Connection> {
  // A key of this run alone: the private half signs, the endpoint verifies with the public one.
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let verified = 0;
  const endpoint = await startEndpoint({
    credential: verifyJwt(publicKey, () => {
      verified += 1;
    }),
    respond: simulatedModel(),
  });
  const llm = new JwtLLM({
    endpoint: endpoint.url,
    model: 'stand-in',
    mint: { key: privateKey, issuer: ISSUER, audience: AUDIENCE, subject: 'npm start', lifetime: 300_000 },
  });
  return {
    llm,
    authentication: () =>
      `a JWT minted here (ES256, for "${AUDIENCE}"); the endpoint verified signature, audience and expiry of ` +
      `${verified} request${verified === 1 ? '' : 's'}`,
    simulatedModel: true,
    [Symbol.asyncDispose]: async () => {
      await llm.close();
      await endpoint.close();
    },
  };
}

/** Lets a request in whose bearer token is signed with the key, for this audience, and not expired. */
function verifyJwt(key: KeyObject, verified: () => void): CredentialCheck {
  return async ({ headers }) => {
    const token = /^Bearer (.+)$/.exec(String(headers['authorization']))?.[1] ?? '';
    try {
      await jwtVerify(token, key, {
        algorithms: ['ES256'],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['exp'],
      });
      verified();
      return true;
    } catch (thrown) {
      const code = thrown instanceof errors.JOSEError ? thrown.code : 'unreadable';
      return {
        status: 401,
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
        body: { error: { message: `The token is refused: ${code}.` } },
      };
    }
  };
}
