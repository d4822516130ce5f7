// The public surface of @crew/create-adapter. Written by `pnpm api:update`; see docs/versions.md.

// create-adapter.d.ts
/** What is written: one authenticator on `@crew/llm-http`, or one LLM on `@crew/core`. */
export type AdapterKind = 'authenticator' | 'llm';
/** What `createAdapter` takes. */
export interface CreateAdapterOptions {
    /** Where the package is written: a folder that does not exist, or is empty. */
    readonly folder: string;
    /** The package's name, with its scope if it has one. */
    readonly name: string;
    readonly kind: AdapterKind;
    /** For the license and package.json. Default: "The authors of" the package. */
    readonly author?: string | undefined;
    /** Of the license. Default: this year. */
    readonly year?: number | undefined;
}
/**
 * Writes a complete package, or nothing: it is put together beside its folder, and moved there at the end.
 *
 * @returns the paths of the files, relative to the folder.
 * @throws {Error} for a name that npm does not take, or TypeScript for what is exported; and a folder that is not empty.
 */
export declare function createAdapter(options: CreateAdapterOptions): Promise<readonly string[]>;

// index.d.ts
export { type AdapterKind, type CreateAdapterOptions, createAdapter } from './create-adapter.ts';
