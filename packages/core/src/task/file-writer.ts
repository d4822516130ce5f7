/** Where a task's `outputFile` goes. `nodeFiles()` of `@crew/core/node` is one. */
export interface FileWriter {
  /**
   * Writes the whole file, or nothing: a reader never sees half of it. `path` is relative, with `/` between folders;
   * missing folders are made. Rejects for a path that leaves the writer's own folder.
   */
  write(path: string, content: string, options: { readonly signal: AbortSignal }): Promise<void>;
}
