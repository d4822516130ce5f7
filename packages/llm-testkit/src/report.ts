import type { Check, CheckResult } from './check/check.ts';

const MARKS: Readonly<Record<CheckResult['outcome'], string>> = { passed: '✓', failed: '✗', 'not-applicable': '-' };

/** The results as text for people: one line for each check, and for a failed one what is wrong, why it matters, and where to read on. */
export function report(name: string, results: readonly CheckResult[]): string {
  const lines = [name];
  for (const [family, members] of Map.groupBy(results, result => result.family)) {
    lines.push('', `  ${family}`);
    for (const result of members) {
      const { outcome, reason, durationMs } = result;
      const note = reason === undefined ? `${Math.round(durationMs)} ms` : `does not apply: ${reason}`;
      lines.push(`    ${MARKS[outcome]} ${result.name} (${note})`);
      if (outcome === 'failed') lines.push(indented(explain(result, result.error), 8));
    }
  }
  const count = (outcome: CheckResult['outcome']): number => results.filter(one => one.outcome === outcome).length;
  const summary = `${count('passed')} passed, ${count('failed')} failed, ${count('not-applicable')} do not apply`;
  return `${[...lines, '', summary].join('\n')}\n`;
}

/** What is wrong, why it matters, and where to read on. */
export function explain({ why, guide }: Pick<Check, 'why' | 'guide'>, thrown: unknown): string {
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return `${what}\nWhy it matters: ${why}\nGuide: ${guide}`;
}

function indented(text: string, columns: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(columns));
}
