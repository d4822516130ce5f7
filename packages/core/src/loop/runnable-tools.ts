import { ConfigurationError } from '../errors/configuration-error.ts';
import { exceedsJsonDepth, TOO_DEEP } from '../json.ts';
import type { CallOptions } from '../llm/turn-options.ts';
import { tool } from '../tools/make-tool.ts';
import type { Tool, ToolDefinition } from '../tools/tool.ts';
import type { ToolLoopOptions } from './tool-loop-options.ts';

/** Returns the tools of a run: those made with `tool()`, or those that run functions of `availableFunctions`. */
export function runnableTools(options: ToolLoopOptions): readonly Tool[] {
  const { tools: definitions = [], availableFunctions } = options;
  const tools = availableFunctions
    ? functionTools(definitions, availableFunctions)
    : definitions.map(definition => requireRunnable(definition));
  const duplicate = findDuplicateName(tools);
  if (duplicate !== undefined) throw new ConfigurationError(`Two tools are named "${duplicate}". Rename one of them.`);
  for (const { name, parameters } of tools) {
    if (exceedsJsonDepth(parameters)) {
      throw new ConfigurationError(`The parameters of tool "${name}" cannot be used: ${TOO_DEEP}. Simplify them.`);
    }
  }
  return tools;
}

function functionTools(
  definitions: readonly ToolDefinition[],
  functions: NonNullable<CallOptions['availableFunctions']>,
): readonly Tool[] {
  const names = new Set(definitions.map(definition => definition.name));
  for (const name of Object.keys(functions)) {
    if (!names.has(name)) {
      throw new ConfigurationError(
        `availableFunctions contains "${name}", but tools has no definition of it. Add one: otherwise the model cannot ` +
          'call it.',
      );
    }
  }
  return definitions.map(({ name, description, parameters }) => {
    // Own properties only: a tool named "constructor" must not call that of Object.
    const run = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (typeof run !== 'function') {
      throw new ConfigurationError(
        `Tool "${name}" has no function in availableFunctions. Add one, or remove the tool from tools.`,
      );
    }
    return tool({ name, description, parameters, execute: (input, context) => run(input, context) });
  });
}

function requireRunnable(definition: Tool | ToolDefinition): Tool {
  if ('run' in definition && typeof definition.run === 'function') return definition;
  throw new ConfigurationError(
    `Tool "${definition.name}" has no run function. Create it with tool(), or add its function to availableFunctions.`,
  );
}

/** Returns a name that occurs twice: calls of it would be ambiguous. */
function findDuplicateName(tools: readonly Tool[]): string | undefined {
  const names = new Set<string>();
  for (const { name } of tools) {
    if (names.has(name)) return name;
    names.add(name);
  }
  return undefined;
}
