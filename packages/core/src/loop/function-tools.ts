import { ConfigurationError } from '../errors/configuration-error.ts';
import type { CallOptions } from '../llm/turn-options.ts';
import { tool } from '../tools/make-tool.ts';
import type { Tool, ToolDefinition } from '../tools/tool.ts';

/** Tools out of definitions and the functions that `call()` was given for them. */
export function functionTools(
  definitions: readonly ToolDefinition[],
  functions: NonNullable<CallOptions['availableFunctions']>,
): readonly Tool[] {
  const names = new Set(definitions.map(definition => definition.name));
  for (const name of Object.keys(functions)) {
    if (!names.has(name)) {
      throw new ConfigurationError(
        `availableFunctions has "${name}", which is not in tools: the model cannot know of it.`,
      );
    }
  }
  return definitions.map(({ name, description, parameters }) => {
    // Own properties only: a tool named "constructor" must not find Object's.
    const run = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (typeof run !== 'function') {
      throw new ConfigurationError(
        `Tool "${name}" is offered to the model, but availableFunctions has no function for it.`,
      );
    }
    return tool({ name, description, parameters, execute: (input, context) => run(input, context) });
  });
}
