import { inspect } from 'node:util';
import { status } from '@crew/llm-testkit';
import { describe, expect, test } from 'vitest';
import { SECRET, startFixture } from './fixture.ts';

describe('error responses that contain tokens', () => {
  test.for(['access_token', 'refresh_token', 'id_token'])(
    'an error does not show the %s of its response, even if the description repeats it',
    async name => {
      await using fixture = await startFixture();
      const token = 'a-token-that-nobody-else-may-see';
      const body = { error: 'invalid_grant', error_description: `The old one was ${token}.`, [name]: token };
      fixture.server.fault({ ...status(400), json: body });
      await using llm = fixture.llm({
        issuer: undefined,
        tokenEndpoint: fixture.server.tokenEndpoint,
        clientSecret: SECRET,
      });
      const error: unknown = await llm.call('Hello').catch((thrown: unknown) => thrown);
      expect(inspect(error, { depth: 10, showHidden: true })).toContain('The old one was');
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(token);
    },
  );
});
