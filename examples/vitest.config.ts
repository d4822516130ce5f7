import { defineConfig } from 'vitest/config';
import { shared } from '../vitest.shared.ts';

// The programs run as users run them: in processes of their own, on what was built.
export default defineConfig({ ...shared, test: { ...shared.test, maxConcurrency: 3 } });
