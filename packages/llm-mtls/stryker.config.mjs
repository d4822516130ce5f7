import { mutationTests } from '../../stryker.shared.ts';

export default mutationTests({
  mutate: ['src/material/{certificate-chain,extensions,spiffe-id}.ts', 'src/server-check.ts'],
  testFiles: ['test/material.test.ts', 'test/server.test.ts', 'test/spiffe.test.ts', 'test/refusals.test.ts'],
  lowest: 75,
});
