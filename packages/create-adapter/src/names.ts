import validate from 'validate-npm-package-name';

/** What a package is called, in the forms that its files need. */
export interface Names {
  /** As npm knows it: `@acme/my-auth`. */
  readonly packageName: string;
  /** Without its scope: `my-auth-llm`. */
  readonly unscoped: string;
  /** That without `llm`, which the names of classes end with anyway: `my-auth`. Also the name of files. */
  readonly kebab: string;
  /** `myAuth`. */
  readonly camel: string;
  /** `MyAuth`. */
  readonly pascal: string;
}

/** Why npm, or TypeScript, would not take this name; undefined when both do. */
export function nameProblem(packageName: string): string | undefined {
  const { validForNewPackages, errors = [], warnings = [] } = validate(packageName);
  if (!validForNewPackages) return `npm takes no such name: ${[...errors, ...warnings].join('; ')}.`;
  if (/^[a-z]/.test(words(packageName)[0] ?? '')) return undefined;
  return 'The name (after its scope) must begin with a letter: the class is named after it.';
}

/** @throws {Error} for a name that cannot be used. */
export function namesOf(packageName: string): Names {
  const problem = nameProblem(packageName);
  if (problem !== undefined) throw new Error(problem);
  const parts = words(packageName);
  const pascal = parts.map(capital).join('');
  const unscoped = packageName.split('/').at(-1) ?? '';
  return {
    packageName,
    unscoped,
    kebab: parts.join('-'),
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    pascal,
  };
}

function words(packageName: string): string[] {
  const all = (packageName.split('/').at(-1) ?? '').split(/[^a-z0-9]+/).filter(word => word !== '');
  const telling = all.filter(word => word !== 'llm');
  return telling.length > 0 ? telling : all;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
