import { defineConfig } from 'vitest/config';
import { shared } from '../vitest.shared.ts';

// The short round trip that `npm test` makes. All of them: vitest.release.config.ts. The registry runs in this process and
// needs all authorities of Node to reach the usual one.
export default defineConfig({ ...shared, test: { ...shared.test, setupFiles: [] } });
