import type { FileWriter } from '@crew/core';

/** A writer that stores files in memory. */
export function memoryFiles(): { files: FileWriter; written: [path: string, content: string][] } {
  const written: [path: string, content: string][] = [];
  return { files: { write: async (path, content) => void written.push([path, content]) }, written };
}
