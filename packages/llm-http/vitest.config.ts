import { defineConfig } from 'vitest/config';
import { propertySetup, shared } from '../../vitest.shared.ts';

// A process for each file: Node aborts its process when it collects some HTTP/2 sessions that were reset in the middle of a
// head (an assertion in its own code), and what one file left behind for the collector must not end the others.
export default defineConfig({ ...shared, test: { ...shared.test, isolate: true, setupFiles: propertySetup } });
