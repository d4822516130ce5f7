import type { CallOptions, Prompt } from '@crew/core';
import { describeHandWritten } from './describe-hand-written.ts';
import { HandWrittenLLM } from './hand-written.ts';

class ForgetsStopWords extends HandWrittenLLM {
  override encode(messages: Prompt, options: CallOptions, stream?: boolean): string {
    return super.encode(messages, { ...options, stop: [] }, stream);
  }
}

export default describeHandWritten('a bad adapter', ForgetsStopWords);
