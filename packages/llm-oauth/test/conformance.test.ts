import {
  type AdapterSetting,
  type AdapterUnderTest,
  json,
  type RecordedRequest,
  type Reply,
  status,
} from '@crew/llm-testkit';
import { describeAdapter } from '@crew/llm-testkit/vitest';
import { OAuthLLM, type OAuthLLMOptions, refreshToken } from '../src/index.ts';

describeAdapter({ name: 'OAuthLLM with client credentials', create: setting => underTest(setting, {}) });

describeAdapter({
  name: 'OAuthLLM with a rotating refresh token, over TLS',
  endpoint: { tls: true },
  create: setting =>
    underTest(setting, { grant: refreshToken(setting.secret('refresh token', 'first-refresh-token')) }),
});

function underTest(setting: AdapterSetting, own: Partial<OAuthLLMOptions>): AdapterUnderTest {
  const { endpoint, ca, clock, issuer } = setting;
  const clientSecret = setting.secret('client secret', 'secret-of-the-client');
  let current = 'first-refresh-token';
  let rotations = 0;
  const token = async ({ body }: RecordedRequest): Promise<Reply> => {
    const sent = new URLSearchParams(body).get('refresh_token');
    // As a server with reuse detection does: a token works once.
    if (sent !== null && sent !== current) return json({ error: 'invalid_grant' }, { status: 400 });
    try {
      const access_token = await issuer.issue();
      if (sent === null) return json({ access_token, token_type: 'Bearer', expires_in: 3600 });
      rotations += 1;
      current = setting.secret(`refresh token ${rotations}`, `refresh-token-number-${rotations}`);
      return json({ access_token, token_type: 'Bearer', expires_in: 3600, refresh_token: current });
    } catch {
      return status(503);
    }
  };
  const tokenEndpoint = `${new URL(endpoint).origin}/token`;
  const options = { endpoint, tokenEndpoint, clientId: 'crew', clientSecret, clock, ca, ...own };
  return {
    llm: new OAuthLLM(options),
    credential: ({ headers }) => issuer.check(/^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1]),
    routes: { '/token': token },
  };
}
