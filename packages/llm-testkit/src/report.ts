import { stripVTControlCharacters } from 'node:util';
import { excerpt, printable } from '@crew/core';
import type { Check, CheckResult } from './check/check.ts';

const MARKS: Readonly<Record<CheckResult['outcome'], string>> = { passed: '✓', failed: '✗', 'not-applicable': '-' };

/** Most characters that are shown of what is wrong: an assertion may quote whole requests. */
const LONGEST_REASON = 20_000;

/**
 * Returns the results as text for people: one line for each check, and for a failed one what is wrong, why it matters, and
 * where to read on. Only printable characters of what adapters and servers say are in it.
 */
export function report(name: string, results: readonly CheckResult[]): string {
  const lines = [excerpt(name)];
  for (const [family, members] of Map.groupBy(results, result => result.family)) {
    lines.push('', `  ${excerpt(family)}`);
    for (const result of members) {
      const { outcome, reason, durationMs } = result;
      const note = reason === undefined ? `${Math.round(durationMs)} ms` : `does not apply: ${excerpt(reason, 500)}`;
      lines.push(`    ${MARKS[outcome]} ${excerpt(result.name, 500)} (${note})`);
      if (outcome === 'failed') lines.push(indented(explain(result, result.error), 8));
    }
  }
  const count = (outcome: CheckResult['outcome']): number => results.filter(one => one.outcome === outcome).length;
  const summary = `${count('passed')} passed, ${count('failed')} failed, ${count('not-applicable')} do not apply`;
  return `${[...lines, '', summary].join('\n')}\n`;
}

/** Describes what is wrong, why it matters, and where to read on, in printable characters. */
export function explain({ why, guide }: Pick<Check, 'why' | 'guide'>, thrown: unknown): string {
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  // Assertions colour their messages on a terminal.
  const plain = printable(stripVTControlCharacters(what.slice(0, LONGEST_REASON)));
  return `${plain}\nWhy it matters: ${why}\nGuide: ${guide}`;
}

function indented(text: string, columns: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(columns));
}
