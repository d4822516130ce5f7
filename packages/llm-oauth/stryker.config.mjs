import { mutationTests } from '../../stryker.shared.ts';

export default mutationTests({
  mutate: ['src/server/*.ts', 'src/token/{endpoint-error,server-call,token-response}.ts'],
  testFiles: [
    'test/discovery.test.ts',
    'test/token-response.test.ts',
    'test/client-credentials.test.ts',
    'test/refresh-token.test.ts',
    'test/revoke.test.ts',
    'test/mtls-aliases.test.ts',
    'test/outage.test.ts',
    'test/options.test.ts',
    'test/refusal-with-token.test.ts',
  ],
  lowest: 0,
});
