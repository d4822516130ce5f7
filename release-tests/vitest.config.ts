import { defineConfig } from 'vitest/config';
import { shared } from '../vitest.shared.ts';

// The short round trip that `npm test` makes. All of them: vitest.release.config.ts.
export default defineConfig(shared);
