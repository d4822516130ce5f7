import { parseArgs } from 'node:util';
import { soak, summary } from './soak.ts';

const HELP = `Usage: npm run test:soak -- [options], or in packages/llm-mtls/: node --conditions=@crew/source soak/main.ts [options]

Replaces a client certificate once a second under load, over HTTP/1.1 and then over HTTP/2. Exits with 1 if a request
failed or a connection stayed open. Prints the longest time since the certificate of a new connection was replaced, which depends
on the load of the machine: about one second on an idle one.

  --seconds <n>  duration for each protocol (default 60; or SOAK_SECONDS)
  --rate <n>     requests per second (default 200; or SOAK_RATE)
  --help         print this help
`;

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, rate: { type: 'string' }, help: { type: 'boolean', default: false } },
});
if (values.help) console.log(HELP);
else await main();

async function main(): Promise<void> {
  const options = { seconds: setting('seconds', 60), rate: setting('rate', 200) };
  for (const http2 of [false, true]) {
    const figures = await soak({ ...options, http2 });
    console.log(summary(figures));
    const hasPassed = figures.failures.length === 0 && figures.leftOpen === 0;
    if (!hasPassed) process.exitCode = 1;
  }
}

function setting(name: 'seconds' | 'rate', defaultValue: number): number {
  const text = values[name] ?? process.env[`SOAK_${name.toUpperCase()}`];
  const value = text === undefined ? defaultValue : Number(text);
  if (!(value > 0)) throw new RangeError(`--${name} must be a positive number.`);
  return value;
}
