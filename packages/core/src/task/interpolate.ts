import type { OptionRule } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { JsonValue } from '../json.ts';
import { toolResultText } from '../tools/make-tool.ts';

/** What `{name}` placeholders stand for: a text as it is, anything else as JSON. */
export type Inputs = { readonly [name: string]: JsonValue | undefined };

/** A name of letters, digits, `_` and `-`. It begins with no digit: `\d{4}` is a pattern, and `{"a": 1}` is JSON. */
const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_-]*)\}/g;

/**
 * Fills in the placeholders of a text in one pass, so that braces in a value stay what they are. Without inputs the text
 * is taken as it is.
 *
 * @throws {ConfigurationError} when an input is missing, naming it and `what` asks for it.
 */
export function interpolate(template: string, inputs: Inputs | undefined, what: string): string {
  if (inputs === undefined) return template;
  return template.replace(PLACEHOLDER, (_placeholder, name: string) => {
    // Own properties only: {constructor} must not find Object's.
    const value = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (value === undefined) {
      throw new ConfigurationError(
        `${what} asks for the input "${name}", which was not given. Give it in inputs: kickoff({ inputs: { ${name}: ... } }).`,
      );
    }
    return toolResultText(value);
  });
}

/** What the option `inputs` must be. */
export const inputsRule: OptionRule = {
  must: 'an object of values by name',
  optional: true,
  accepts: value => typeof value === 'object' && value !== null && !Array.isArray(value),
};
