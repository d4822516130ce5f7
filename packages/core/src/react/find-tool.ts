import type { Tool } from '../tools/tool.ts';

/**
 * The tool of that name, written in any case and with any separators: "Web Search" is `web_search`. None when that fits
 * two tools: the model is then told their names instead of having one of them run by chance.
 */
export function findTool(name: string, tools: readonly Tool[]): Tool | undefined {
  const exact = tools.find(tool => tool.name === name);
  if (exact) return exact;
  const wanted = plain(name);
  const [alike, another] = wanted === '' ? [] : tools.filter(tool => plain(tool.name) === wanted);
  return another === undefined ? alike : undefined;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
