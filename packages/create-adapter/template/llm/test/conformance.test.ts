import { describeAdapter } from '@crew/llm-testkit/vitest';
import adapter from './adapter.ts';

describeAdapter(adapter);
