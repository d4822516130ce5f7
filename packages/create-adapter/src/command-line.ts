import { parseArgs } from 'node:util';
import { cancel, isCancel, select, text } from '@clack/prompts';
import type { AdapterKind, CreateAdapterOptions } from './create-adapter.ts';
import { nameProblem, packageNames } from './package-names.ts';

/** The parsed command line. */
export type Command = { readonly help: true } | { readonly help: false; readonly flags: Flags };

/** Values on the command line. Missing ones are prompted for. */
export interface Flags {
  readonly name: string | undefined;
  readonly kind: AdapterKind | undefined;
  readonly folder: string | undefined;
  readonly author: string | undefined;
}

/** The error of a prompt that the user cancelled with Ctrl+C. */
export class CancelledError extends Error {}

/**
 * Parses the command line.
 *
 * @throws {Error} for unknown flags and invalid values.
 */
export function parseCommandLine(args: readonly string[]): Command {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      kind: { type: 'string', short: 'k' },
      folder: { type: 'string', short: 'f' },
      author: { type: 'string', short: 'a' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return { help: true };
  const [name, ...more] = positionals;
  if (more.length > 0) throw new Error(`Pass one name, not ${positionals.length}.`);
  const problem = name === undefined ? undefined : nameProblem(name);
  if (problem !== undefined) throw new Error(problem);
  const { folder, author } = values;
  return { help: false, flags: { name, kind: parseKind(values.kind), folder, author } };
}

/**
 * Completes the options with prompts in a terminal. Elsewhere only the name and the kind are required.
 *
 * @throws {CancelledError} if the user cancels a prompt.
 */
export async function completeOptions(flags: Flags, interactive: boolean): Promise<CreateAdapterOptions> {
  if (!interactive && (flags.name === undefined || flags.kind === undefined)) {
    throw new Error('There is no terminal for prompts. Pass the name, and --kind authenticator or --kind llm.');
  }
  const name = flags.name ?? (await promptName());
  const kind = flags.kind ?? (await promptKind());
  const isComplete = flags.name !== undefined && flags.kind !== undefined;
  const author = flags.author ?? (interactive && !isComplete ? await promptAuthor() : undefined);
  return { name, kind, author, folder: flags.folder ?? packageNames(name).unscoped };
}

async function promptName(): Promise<string> {
  const validate = (value: string | undefined): string | undefined => nameProblem(value ?? '');
  return answerOf(await text({ message: 'What is the package called?', placeholder: 'my-auth', validate }));
}

async function promptKind(): Promise<AdapterKind> {
  const options: { value: AdapterKind; label: string; hint: string }[] = [
    {
      value: 'authenticator',
      label: 'An authenticator',
      hint: 'the endpoint uses HTTP and only the credential is special',
    },
    { value: 'llm', label: 'A custom LLM', hint: 'you send the requests yourself' },
  ];
  return answerOf(await select({ message: 'What does it contain?', options }));
}

async function promptAuthor(): Promise<string> {
  return answerOf(await text({ message: 'Who is the author? (for the license)', defaultValue: '' }));
}

function answerOf<T>(answer: T): Exclude<T, symbol> {
  if (!isCancel(answer)) return answer as Exclude<T, symbol>;
  cancel('Nothing was written.');
  throw new CancelledError();
}

function parseKind(kind: string | undefined): AdapterKind | undefined {
  if (kind === undefined || kind === 'authenticator' || kind === 'llm') return kind;
  throw new Error(`--kind must be authenticator or llm, not ${kind}.`);
}
