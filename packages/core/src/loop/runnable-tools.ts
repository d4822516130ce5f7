import { ConfigurationError } from '../errors/configuration-error.ts';
import { exceedsJsonDepth, TOO_DEEP } from '../json.ts';
import type { Tool, ToolDefinition } from '../tools/tool.ts';
import { functionTools } from './function-tools.ts';
import type { ToolLoopOptions } from './run-tool-loop.ts';

/** Tools that can be run: their own, or those of `availableFunctions`. */
export function runnableTools(options: ToolLoopOptions): readonly Tool[] {
  const { tools: given = [], availableFunctions } = options;
  const tools = availableFunctions ? functionTools(given, availableFunctions) : given.filter(isRunnable);
  const notRunnable = availableFunctions ? undefined : given.find(definition => !isRunnable(definition));
  if (notRunnable) {
    throw new ConfigurationError(
      `Tool "${notRunnable.name}" has no run function. Make it with tool(), or give its function in availableFunctions.`,
    );
  }
  const twice = findDuplicateName(tools);
  if (twice !== undefined) throw new ConfigurationError(`Two tools are named "${twice}". Names must differ.`);
  for (const { name, parameters } of tools) {
    if (exceedsJsonDepth(parameters)) {
      throw new ConfigurationError(`The parameters of tool "${name}" cannot be used: ${TOO_DEEP}. Simplify them.`);
    }
  }
  return tools;
}

function isRunnable(definition: Tool | ToolDefinition): definition is Tool {
  return 'run' in definition && typeof definition.run === 'function';
}

/** A name that stands twice would make a call ambiguous. */
function findDuplicateName(tools: readonly Tool[]): string | undefined {
  const names = new Set<string>();
  for (const { name } of tools) {
    if (names.has(name)) return name;
    names.add(name);
  }
  return undefined;
}
