import { checkAdapter } from '@crew/llm-testkit';
import { expect, it } from 'vitest';
import { describeHandWritten } from '../adapters/describe-hand-written.ts';
import type { HandWrittenLLM, HandWrittenOptions } from '../adapters/hand-written.ts';

interface BrokenAdapter {
  readonly llmClass: new (options: HandWrittenOptions) => HandWrittenLLM;
  /** The checks that it fails, and no other. */
  readonly fails: readonly string[];
}

/** Tests that the hand-written LLM, with one fault each, fails what it should, and nothing else. */
export function brokenAdapters(adapters: Readonly<Record<string, BrokenAdapter>>): void {
  it.concurrent.each(Object.entries(adapters))(
    'an adapter that %s fails exactly the checks of that',
    async (name, { llmClass, fails }) => {
      const results = await checkAdapter(describeHandWritten(name, llmClass));
      const failed = results.filter(({ outcome }) => outcome === 'failed').map(result => result.name);
      expect(failed.sort()).toEqual([...fails].sort());
    },
  );
}
