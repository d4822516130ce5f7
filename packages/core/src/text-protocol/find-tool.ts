import type { Tool } from '../tool.ts';

/** The tool of that name, written in any case and with any separators: "Web Search" is `web_search`. */
export function findTool(name: string, tools: readonly Tool[]): Tool | undefined {
  const exact = tools.find(tool => tool.name === name);
  if (exact) return exact;
  const wanted = plain(name);
  return wanted === '' ? undefined : tools.find(tool => plain(tool.name) === wanted);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
