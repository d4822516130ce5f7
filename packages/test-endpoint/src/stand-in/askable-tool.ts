import type { CompletionToolCall } from '../reply/completion.ts';

/** A call of the first offered tool that can be asked a question in words; undefined when there is none. */
export function askableTool(tools: unknown, question: string): CompletionToolCall | undefined {
  for (const tool of Array.isArray(tools) ? tools : []) {
    const name: unknown = tool?.function?.name;
    const schema = schemaOf(tool?.function?.parameters);
    const asked = Object.entries(schema.properties).find(([, property]) => isFreeText(property));
    if (typeof name !== 'string' || asked === undefined) continue;
    const others = schema.required.filter(property => property !== asked[0]);
    const filled = others.map(property => [property, placeholder(schema.properties[property])]);
    return { name, arguments: { [asked[0]]: question, ...Object.fromEntries(filled) } };
  }
  return undefined;
}

interface PropertySchema {
  readonly type?: unknown;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: unknown;
}

function schemaOf(parameters: unknown): { properties: Record<string, PropertySchema>; required: string[] } {
  const { properties, required } = Object(parameters);
  const entries = Object.entries(Object(properties)).map(([name, schema]) => [name, Object(schema)]);
  return {
    properties: Object.fromEntries(entries),
    required: Array.isArray(required) ? required.filter(name => typeof name === 'string') : [],
  };
}

function isFreeText(schema: PropertySchema): boolean {
  return schema.type === 'string' && schema.enum === undefined && schema.const === undefined;
}

/** A value for a property that is required beside the question. */
function placeholder(schema: PropertySchema = {}): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (schema.type === 'number' || schema.type === 'integer')
    return typeof schema.minimum === 'number' ? schema.minimum : 1;
  if (schema.type === 'boolean') return false;
  if (schema.type === 'array') return [];
  return schema.type === 'object' ? {} : '';
}
