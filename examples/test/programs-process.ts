// A process that runs one program after the other, for programs.ts: it loads the packages once for all of them. What to run
// is read from stdin, as JSON; how each ended is written to stdout.
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type { Program, Ran } from './programs.ts';

const programs = JSON.parse(await text(process.stdin)) as readonly Program[];
const ran: Ran[] = [];
for (const [index, program] of programs.entries()) ran.push(await runHere(program, index));
process.exitCode = 0;
process.stdout.write(JSON.stringify(ran));

async function runHere({ path, args = [], environment = {} }: Program, index: number): Promise<Ran> {
  const argv = process.argv;
  const restore = [capture(process.stdout), capture(process.stderr)];
  process.argv = [process.execPath, path, ...args];
  Object.assign(process.env, environment);
  process.exitCode = 0;
  try {
    // The same program is run again under another name.
    await import(`${pathToFileURL(path).href}?run=${index}`);
  } catch (thrown) {
    process.stderr.write(inspect(thrown));
    process.exitCode = 1;
  }
  process.argv = argv;
  for (const name of Object.keys(environment)) delete process.env[name];
  const [stdout = '', stderr = ''] = restore.map(end => end());
  return { code: Number(process.exitCode), stdout, stderr };
}

/** Keeps what is written to a stream from now on. What comes back ends that, and gives the text. */
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
