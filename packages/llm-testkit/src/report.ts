import { stripVTControlCharacters } from 'node:util';
import { excerpt, printable } from '@crew/core';
import type { Check, CheckResult } from './check/check.ts';

const MARKS: Readonly<Record<CheckResult['outcome'], string>> = { passed: '✓', failed: '✗', 'not-applicable': '-' };

/** Maximum number of characters of an error message in the report. An assertion may quote whole requests. */
const LONGEST_REASON = 20_000;

/**
 * Formats the results as text: one line per check and, for a failed check, the error, why it matters and where to read on. Text of
 * adapters and servers is sanitised: it contains only printable characters.
 *
 * @example
 * ```ts
 * import { report } from '@crew/llm-testkit';
 *
 * const check = { family: 'contract', why: 'Errors are logged.', guide: 'docs/write-an-adapter.md#errors' } as const;
 * const results = [
 *   { ...check, name: 'sends a string as one user message', outcome: 'passed', durationMs: 12 } as const,
 *   { ...check, name: 'throws a ProtocolError', outcome: 'failed', error: new Error('No error'), durationMs: 30 } as const,
 * ];
 * console.log(report('my adapter', results)); // ... 1 passed, 1 failed, 0 do not apply
 * ```
 */
export function report(name: string, results: readonly CheckResult[]): string {
  const lines = [excerpt(name)];
  for (const [family, members] of Map.groupBy(results, result => result.family)) {
    lines.push('', `  ${excerpt(family)}`);
    for (const result of members) {
      const { outcome, reason, durationMs } = result;
      const note = reason === undefined ? `${Math.round(durationMs)} ms` : `does not apply: ${excerpt(reason, 500)}`;
      lines.push(`    ${MARKS[outcome]} ${excerpt(result.name, 500)} (${note})`);
      if (outcome === 'failed') lines.push(indent(explain(result, result.error), 8));
    }
  }
  const count = (outcome: CheckResult['outcome']): number => results.filter(one => one.outcome === outcome).length;
  const summary = `${count('passed')} passed, ${count('failed')} failed, ${count('not-applicable')} do not apply`;
  return `${[...lines, '', summary].join('\n')}\n`;
}

/** Formats an error with why it matters and where to read on, in printable characters. */
export function explain({ why, guide }: Pick<Check, 'why' | 'guide'>, thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  // Assertions colour their messages on a terminal.
  const plain = printable(stripVTControlCharacters(message.slice(0, LONGEST_REASON)));
  return `${plain}\nWhy it matters: ${why}\nGuide: ${guide}`;
}

function indent(text: string, columns: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(columns));
}
