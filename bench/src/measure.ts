/** One of the implementations that are compared. */
export interface Contender {
  readonly name: string;
  readonly run: () => Promise<unknown> | unknown;
}

/** Measures the time of one run of each contender, in microseconds: the median of several rounds. */
export async function measure(
  contenders: readonly Contender[],
  options: { readonly rounds: number; readonly runs: number; readonly concurrency: number },
): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = -1; round < options.rounds; round += 1) {
    // All contenders run in every round, so that other load on the machine affects them equally. The first round is a warm-up.
    for (const { name, run } of contenders) {
      const started = performance.now();
      await repeat(run, options.runs, options.concurrency);
      if (round >= 0) times.get(name)?.push(((performance.now() - started) * 1000) / options.runs);
    }
  }
  return new Map([...times].map(([name, all]) => [name, median(all)]));
}

async function repeat(run: Contender['run'], runs: number, concurrency: number): Promise<void> {
  let left = runs;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await run();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Returns a table of the times, each as a multiple of the first one. */
export function report(title: string, times: ReadonlyMap<string, number>): string {
  const [baseline = Number.NaN] = times.values();
  const rows = [...times].map(
    ([name, time]) =>
      `  ${name.padEnd(28)} ${(time / baseline).toFixed(2).padStart(7)} x ${time.toFixed(1).padStart(10)} µs`,
  );
  return [title, ...rows].join('\n');
}
