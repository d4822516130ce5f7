import { generateKeyPairSync } from 'node:crypto';
import { describeAdapter } from '@crew/llm-testkit/vitest';
import { decodeJwt } from 'jose';
import { JwtLLM } from '../src/index.ts';
import { tokenOf, tokenWith, verifying } from './verifying-endpoint.ts';

describeAdapter({
  name: 'JwtLLM with tokens from a function',
  create: ({ endpoint, ca, clock, issuer }) => ({
    llm: new JwtLLM({
      endpoint,
      ca,
      clock,
      token: async () => tokenWith({ jti: await issuer.issue(), exp: Math.floor(clock.wall() / 1000) + 3_600 }),
    }),
    credential: request => issuer.check(tokenOf(request) === '' ? undefined : decodeJwt(tokenOf(request)).jti),
  }),
});

describeAdapter({
  name: 'JwtLLM with minted tokens',
  create: ({ endpoint, ca, clock, secret }) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    return {
      llm: new JwtLLM({
        endpoint,
        ca,
        clock,
        maxResponseBytes: 1_048_576,
        mint: { key: secret('private key', pem), audience: 'models' },
      }),
      credential: verifying(privateKey, { audience: 'models' }),
    };
  },
  capabilities: { credential: 'fixed' },
});
