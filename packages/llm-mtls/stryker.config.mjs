import { mutationTests } from '../../stryker.shared.ts';

export default mutationTests({
  mutate: ['src/material/{chain,check-certificate,extensions,read-identity}.ts', 'src/server/*.ts'],
  testFiles: [
    'test/material.test.ts',
    'test/server.test.ts',
    'test/spiffe.test.ts',
    'test/refusals.test.ts',
    'test/long-spiffe-id.test.ts',
    'test/unusual-curve.test.ts',
  ],
  lowest: 75,
});
