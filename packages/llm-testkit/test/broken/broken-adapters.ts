import { checks } from '@crew/llm-testkit';
import { expect, it } from 'vitest';
import { reasonToSkip, runCheck } from '../../src/check-adapter.ts';
import { describeHandWritten } from '../adapters/describe-hand-written.ts';
import type { HandWrittenLLM, HandWrittenOptions } from '../adapters/hand-written.ts';

interface BrokenAdapter {
  readonly llmClass: new (options: HandWrittenOptions) => HandWrittenLLM;
  /** The checks that it must fail; it must pass the others of their families. */
  readonly fails: readonly string[];
}

/**
 * Tests that the hand-written LLM, with one fault each, fails what it should, and nothing else of the families that its
 * fault belongs to. cli.test.ts has such an adapter checked as a whole.
 */
export function brokenAdapters(adapters: Readonly<Record<string, BrokenAdapter>>): void {
  it.concurrent.each(Object.entries(adapters))(
    'an adapter that %s fails exactly the checks of that fault',
    async (name, { llmClass, fails }) => {
      const adapter = describeHandWritten(name, llmClass);
      const families = new Set(checks.filter(check => fails.includes(check.name)).map(({ family }) => family));
      const failed: string[] = [];
      for (const check of checks) {
        if (!families.has(check.family) || reasonToSkip(check, adapter.capabilities) !== undefined) continue;
        await runCheck(check, adapter).catch(() => failed.push(check.name));
      }
      expect(failed.sort()).toEqual([...fails].sort());
    },
  );
}
