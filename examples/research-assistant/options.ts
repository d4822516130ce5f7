import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** A mistake of the person who started the program: one line, exit code 2. */
export class UsageError extends Error {}

/** What the command line says. */
export interface Options {
  readonly question: string;
  readonly notes: string;
  readonly stream: boolean;
  readonly help: boolean;
}

export const USAGE = `Usage: npm start -- ["question"] [--notes FOLDER] [--stream]

  "question"      What to ask. Default: about the lighthouse notes beside this program.
  --notes FOLDER  A folder of .txt or .md files to search.
  --stream        Print the answer as it arrives.

Asks a local endpoint, unless the environment names another one:
  CREW_ENDPOINT   The full URL of a chat-completions endpoint.
  CREW_MODEL      The model to ask for.
  CREW_API_KEY, CREW_JWT or CREW_JWT_FILE   The credential: exactly one.`;

const DEFAULT_QUESTION = 'Why did lighthouses change from mirrors to the Fresnel lens?';
const DEFAULT_NOTES = fileURLToPath(new URL('notes', import.meta.url));

/** Reads the command line. Throws a `UsageError` for what it does not know. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  if (positionals.length > 1)
    throw new UsageError(`One question at a time: put it in quotes. (See npm start -- --help)`);
  const [question = DEFAULT_QUESTION] = positionals;
  if (question.trim() === '') throw new UsageError('The question is empty.');
  return {
    question,
    // npm runs scripts in the repository's root; INIT_CWD is where the person stood.
    notes: values.notes === undefined ? DEFAULT_NOTES : resolve(process.env['INIT_CWD'] ?? '', values.notes),
    stream: values.stream ?? false,
    help: values.help ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { notes: { type: 'string' }, stream: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message.split('.')[0] : String(thrown);
    throw new UsageError(`${said}. (See npm start -- --help)`);
  }
}
