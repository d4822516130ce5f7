import { describeAdapter } from '@crew/llm-testkit/vitest';
import { describeHandWritten } from './adapters/describe-hand-written.ts';
import { HandWrittenLLM } from './adapters/hand-written.ts';

describeAdapter(describeHandWritten('a hand-written LLM', HandWrittenLLM));
