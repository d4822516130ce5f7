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
 * Registers tests that the hand-written LLM with one fault fails exactly the expected checks of the families that the fault
 * concerns. cli.test.ts runs all checks on such an adapter.
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
