// The process that programs.ts starts to run several programs one after the other, so that the packages are loaded only
// once. It reads the programs from stdin and writes their results to stdout, both as JSON.
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type { Program, Ran } from './programs.ts';

const programs = JSON.parse(await text(process.stdin)) as readonly Program[];
const results: Ran[] = [];
for (const [index, program] of programs.entries()) results.push(await run(program, index));
process.exitCode = 0;
process.stdout.write(JSON.stringify(results));

async function run({ path, args = [], environment = {} }: Program, index: number): Promise<Ran> {
  const argv = process.argv;
  const restore = [capture(process.stdout), capture(process.stderr)];
  process.argv = [process.execPath, path, ...args];
  Object.assign(process.env, environment);
  process.exitCode = 0;
  try {
    // The query makes each import unique: the same program may run more than once.
    await import(`${pathToFileURL(path).href}?run=${index}`);
  } catch (thrown) {
    process.stderr.write(inspect(thrown));
    process.exitCode = 1;
  }
  process.argv = argv;
  for (const name of Object.keys(environment)) delete process.env[name];
  const [stdout = '', stderr = ''] = restore.map(restoreStream => restoreStream());
  return { code: Number(process.exitCode), stdout, stderr };
}

/** Captures the output of a stream. Returns a function that restores the stream and returns the captured text. */
function capture(stream: NodeJS.WriteStream): () => string {
  let written = '';
  const { write } = stream;
  stream.write = (chunk: string | Uint8Array) => {
    written += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    return true;
  };
  return () => {
    stream.write = write;
    return written;
  };
}
