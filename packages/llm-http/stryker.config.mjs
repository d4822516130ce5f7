import { mutationTests } from '../../stryker.shared.ts';

export default mutationTests({
  mutate: ['src/credential/*.ts', 'src/scrubber/scrubber.ts', 'src/transport/headers.ts'],
  testFiles: [
    'test/renewing-credential.test.ts',
    'test/renewing-credentials.test.ts',
    'test/renewal.test.ts',
    'test/scrubbing.test.ts',
    'test/secret.test.ts',
    'test/construction.test.ts',
    'test/authentication.test.ts',
    'test/leaks.test.ts',
  ],
  lowest: 70,
});
