import type { JsonObject } from '../json.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import type { TurnOptions } from '../llm/turn-options.ts';
import type { ReadSchema } from '../tools/schema.ts';

/** How an LLM is asked for a value that fits a schema: by an option of the turn, or by a sentence in the prompt. */
export type ObjectRequest =
  | { readonly responseFormat: NonNullable<TurnOptions['responseFormat']>; readonly instruction?: undefined }
  | { readonly responseFormat?: undefined; readonly instruction: string };

/**
 * The way to ask this LLM. Providers without function calling seldom know response formats, and those that do take an
 * object at the top and nothing else: all others are asked in the prompt.
 */
export function objectRequest(llm: BaseLLM, schema: ReadSchema): ObjectRequest {
  const { jsonSchema } = schema;
  if (llm.supportsFunctionCalling() && jsonSchema['type'] === 'object') {
    return { responseFormat: { name: 'output', schema: jsonSchema } };
  }
  return { instruction: objectInstruction(jsonSchema) };
}

/** The sentence that asks for a value in the prompt. */
export function objectInstruction(jsonSchema: JsonObject): string {
  return `Give your final answer as nothing but one JSON value that fits this JSON Schema:\n${JSON.stringify(jsonSchema)}`;
}
