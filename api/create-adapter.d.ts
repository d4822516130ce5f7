// The public surface of @crew/create-adapter. Written by `pnpm api:update`; see docs/versions.md.

// create-adapter.d.ts
/** Kind of adapter: an authenticator for `@crew/llm-http`, or a custom LLM on `@crew/core`. */
export type AdapterKind = 'authenticator' | 'llm';
/** Options of `createAdapter`. */
export interface CreateAdapterOptions {
    /** Folder of the new package. It must not exist, or must be empty. */
    readonly folder: string;
    /** Name of the package, with its scope if it has one. */
    readonly name: string;
    /** Kind of adapter. */
    readonly kind: AdapterKind;
    /** Author in the license and in package.json. Default: "The authors of" the package. */
    readonly author?: string | undefined;
    /** Year of the license. Default: the current year. */
    readonly year?: number | undefined;
}
/**
 * Creates the package of a Crew adapter: source code, tests that run the conformance suite, README, license, and workflows.
 * It writes either the complete package or nothing: the files are written next to the folder and moved into it at the end.
 *
 * @example
 * ```ts no-run
 * import { createAdapter } from '@crew/create-adapter';
 *
 * const files = await createAdapter({
 *   folder: 'my-auth',
 *   name: '@acme/my-auth',
 *   kind: 'authenticator',
 *   author: 'Ada Lovelace',
 * });
 * console.log(files); // 'README.md', 'package.json', 'src/my-auth.ts' and others
 * ```
 *
 * @returns the paths of the files, relative to the folder.
 * @throws {Error} if npm does not accept the name, if TypeScript does not accept the exports named after it, or if the folder
 * is not empty.
 */
export declare function createAdapter(options: CreateAdapterOptions): Promise<readonly string[]>;

// index.d.ts
export { type AdapterKind, type CreateAdapterOptions, createAdapter } from './create-adapter.ts';
