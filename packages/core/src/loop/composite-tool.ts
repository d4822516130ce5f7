import type { Tool } from '../tools/tool.ts';

const composites = new WeakSet<Tool>();

/** Marks a tool that takes steps of its own: it is not run inside one, since steps are leaves. */
export function composite<T extends Tool>(tool: T): T {
  composites.add(tool);
  return tool;
}

/** Whether the tool takes steps of its own. */
export function isComposite(tool: Tool): boolean {
  return composites.has(tool);
}
