import { parseArgs } from 'node:util';
import { cancel, isCancel, select, text } from '@clack/prompts';
import type { AdapterKind, CreateAdapterOptions } from './create-adapter.ts';
import { nameProblem, namesOf } from './names.ts';

/** What the command line asked for. */
export type Command = { readonly help: true } | { readonly help: false; readonly flags: Flags };

/** What was given on the command line; the rest is asked for. */
export interface Flags {
  readonly name: string | undefined;
  readonly kind: AdapterKind | undefined;
  readonly folder: string | undefined;
  readonly author: string | undefined;
}

/** The user pressed Ctrl+C. */
export class Cancelled extends Error {}

/** @throws {Error} with a sentence for flags that do not exist or cannot be used. */
export function readFlags(args: readonly string[]): Command {
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
  if (more.length > 0) throw new Error(`Give one name, not ${positionals.length}.`);
  const problem = name === undefined ? undefined : nameProblem(name);
  if (problem !== undefined) throw new Error(problem);
  const { folder, author } = values;
  return { help: false, flags: { name, kind: kindOf(values.kind), folder, author } };
}

/**
 * Asks for what is missing, at a terminal; elsewhere only the name and the kind are needed.
 *
 * @throws {Cancelled} when the user gave up.
 */
export async function ask(flags: Flags, interactive: boolean): Promise<CreateAdapterOptions> {
  if (!interactive && (flags.name === undefined || flags.kind === undefined)) {
    throw new Error('There is no terminal to ask at: give the name, and --kind authenticator or --kind llm.');
  }
  const name = flags.name ?? (await askName());
  const kind = flags.kind ?? (await askKind());
  const complete = flags.name !== undefined && flags.kind !== undefined;
  const author = flags.author ?? (interactive && !complete ? await askAuthor() : undefined);
  return { name, kind, author, folder: flags.folder ?? namesOf(name).unscoped };
}

async function askName(): Promise<string> {
  const validate = (value: string | undefined): string | undefined => nameProblem(value ?? '');
  return answered(await text({ message: 'What is the package called?', placeholder: 'my-auth', validate }));
}

async function askKind(): Promise<AdapterKind> {
  const options: { value: AdapterKind; label: string; hint: string }[] = [
    {
      value: 'authenticator',
      label: 'An authenticator',
      hint: 'the endpoint speaks HTTP; only the credential is special',
    },
    { value: 'llm', label: 'A custom LLM', hint: 'you send the requests yourself' },
  ];
  return answered(await select({ message: 'What does it hold?', options }));
}

async function askAuthor(): Promise<string> {
  return answered(await text({ message: 'Who writes it? (for the license)', defaultValue: '' }));
}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (!isCancel(answer)) return answer as Exclude<T, symbol>;
  cancel('Nothing was written.');
  throw new Cancelled();
}

function kindOf(kind: string | undefined): AdapterKind | undefined {
  if (kind === undefined || kind === 'authenticator' || kind === 'llm') return kind;
  throw new Error(`--kind is authenticator or llm, not ${kind}.`);
}
