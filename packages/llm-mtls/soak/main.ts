import { soak, summary } from './soak.ts';

// Sixty seconds over each protocol: `pnpm test:soak`.
for (const http2 of [false, true]) {
  const figures = await soak({ seconds: 60, http2, rate: 200 });
  console.log(summary(figures));
  const isWhole = figures.failures.length === 0 && figures.stalest <= 2_000 && figures.leftOpen === 0;
  if (!isWhole) process.exitCode = 1;
}
