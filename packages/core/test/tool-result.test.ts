import { expect, it } from 'vitest';
import { tool } from '@crew/core';

it('edge', async () => { expect(typeof EdgeRuntime).toBe('x'); });
