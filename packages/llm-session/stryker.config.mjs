import { mutationTests } from '../../stryker.shared.ts';

export default mutationTests({
  mutate: ['src/session-cookies.ts'],
  testFiles: [
    'test/cookies.test.ts',
    'test/csrf.test.ts',
    'test/login.test.ts',
    'test/store.test.ts',
    'test/cookie-limits.test.ts',
  ],
  lowest: 70,
});
