import { defineConfig } from 'vitest/config';
import { propertySetup, shared } from '../../vitest.shared.ts';

export default defineConfig({ ...shared, test: { ...shared.test, setupFiles: propertySetup } });
