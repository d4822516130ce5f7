import { defineConfig } from 'vitest/config';
import { shared } from '../../vitest.shared.ts';

// One file puts a failing `rename` in place of Node's: it must load the package anew.
export default defineConfig({ ...shared, test: { ...shared.test, isolate: true } });
