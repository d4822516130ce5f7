import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** An error in the command line or the environment. The program prints its message on one line and exits with code 2. */
export class UsageError extends Error {}

/** Options of the command line. */
export interface Options {
  readonly question: string;
  /** Path of the folder with the notes. */
  readonly notes: string;
  readonly stream: boolean;
  readonly help: boolean;
}

export const USAGE = `Usage: npm start -- ["question"] [--notes FOLDER] [--stream]

  "question"      The question. Default: one about the lighthouse notes that come with this program.
  --notes FOLDER  The folder of .txt or .md files to search.
  --stream        Print the answer as it arrives.

The program starts and calls a local endpoint, unless the environment sets another one:
  CREW_ENDPOINT   The full URL of a chat-completions endpoint.
  CREW_MODEL      The name of the model.
  CREW_API_KEY, CREW_JWT or CREW_JWT_FILE   The credential. Set exactly one.`;

const DEFAULT_QUESTION = 'Why did lighthouses change from mirrors to the Fresnel lens?';
const DEFAULT_NOTES = fileURLToPath(new URL('notes', import.meta.url));

/**
 * Parses the command line.
 *
 * @throws {UsageError} for an unknown option, an empty question or more than one question.
 */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  if (positionals.length > 1)
    throw new UsageError('There is more than one question. Put the question in quotes. (See npm start -- --help)');
  const [question = DEFAULT_QUESTION] = positionals;
  if (question.trim() === '')
    throw new UsageError('The question is empty. Pass one in quotes, or none for the default.');
  return {
    question,
    // npm runs scripts in the root of the repository. INIT_CWD is the directory in which the user ran npm.
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
    const reason = thrown instanceof Error ? thrown.message.split('.')[0] : String(thrown);
    throw new UsageError(`${reason}. (See npm start -- --help)`);
  }
}
