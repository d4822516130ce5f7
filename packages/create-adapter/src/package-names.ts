import validate from 'validate-npm-package-name';

/** The name of a package in the forms that its files need. */
export interface PackageNames {
  /** Name on npm, such as `@acme/my-auth-llm`. */
  readonly packageName: string;
  /** Name without its scope, such as `my-auth-llm`. */
  readonly unscoped: string;
  /** Unscoped name without `llm`, with which class names end anyway, such as `my-auth`. Also used for files. */
  readonly kebab: string;
  /** Name in camel case, such as `myAuth`. */
  readonly camel: string;
  /** Name in Pascal case, such as `MyAuth`. */
  readonly pascal: string;
}

/** Returns the reason why npm or TypeScript does not accept the name, or `undefined` if both do. */
export function nameProblem(packageName: string): string | undefined {
  const { validForNewPackages, errors = [], warnings = [] } = validate(packageName);
  if (!validForNewPackages) {
    return `"${packageName}" is not a valid npm package name: ${[...errors, ...warnings].join('; ')}.`;
  }
  if (/^[a-z]/.test(words(packageName)[0] ?? '')) return undefined;
  return 'The name (without its scope) must start with a letter, because a class is named after it.';
}

/**
 * Derives the forms of a package name.
 *
 * @throws {Error} for a name that npm or TypeScript does not accept.
 */
export function packageNames(packageName: string): PackageNames {
  const problem = nameProblem(packageName);
  if (problem !== undefined) throw new Error(problem);
  const parts = words(packageName);
  const pascal = parts.map(capitalise).join('');
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
  const distinctive = all.filter(word => word !== 'llm');
  return distinctive.length > 0 ? distinctive : all;
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
