import { defineConfig } from 'vitest/config';
import { shared } from '../vitest.shared.ts';

// The short round trip of `npm test`. vitest.release.config.ts runs all of them. The registry runs in this process and needs all
// CA certificates of Node to reach the upstream registry.
export default defineConfig({ ...shared, test: { ...shared.test, setupFiles: [] } });
