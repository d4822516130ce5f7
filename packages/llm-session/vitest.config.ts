import { defineConfig } from 'vitest/config';
import { shared } from '../../vitest.shared.ts';

// Without the condition `import`: it would also hold for the `require` of Express's own dependencies.
const conditions = ['@crew/source', 'node', 'default'];

export default defineConfig({ ...shared, resolve: { conditions }, ssr: { resolve: { conditions } } });
