import type { Persona, TaskPrompt } from '../agent/prompt.ts';
import type { OptionRule } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { JsonValue } from '../json.ts';
import { describeUnwritable, valueText } from '../tools/result-text.ts';
import { checkOutputPath } from './output-file.ts';

/** Values of `{name}` placeholders, by name. A string is inserted unchanged, any other value as JSON. */
export type Inputs = { readonly [name: string]: JsonValue | undefined };

/** The rule for the option `inputs`. */
export const inputsRule: OptionRule = {
  must: 'an object of values by name. Functions, symbols, bytes, streams and promises cannot be inserted into a text',
  optional: true,
  accepts: value =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isInsertable),
};

/** Returns true if the value has a form as text. */
function isInsertable(value: unknown): boolean {
  return typeof value !== 'function' && typeof value !== 'symbol' && describeUnwritable(value) === undefined;
}

/** The texts of a task that may contain placeholders, and its name. */
export interface TaskTexts extends TaskPrompt {
  readonly name: string;
  readonly outputFile: string | undefined;
}

/** Returns a task's texts with the inputs of a run filled in. */
export function fillTask(task: TaskTexts, inputs: Inputs | undefined): TaskTexts {
  const { name } = task;
  const outputFile = task.outputFile && interpolate(task.outputFile, inputs, `outputFile of task "${name}"`);
  // An input may contain what the option itself must not contain.
  if (outputFile !== undefined) checkOutputPath(outputFile, name);
  return {
    name,
    description: interpolate(task.description, inputs, `description of task "${name}"`),
    expectedOutput: interpolate(task.expectedOutput, inputs, `expectedOutput of task "${name}"`),
    outputFile,
    attachments: task.attachments,
  };
}

/** Returns an agent's role, goal and backstory with the inputs of a run filled in. */
export function fillPersona(agent: Persona, inputs: Inputs | undefined): Persona {
  const fill = (part: keyof Persona): string => interpolate(agent[part], inputs, `${part} of agent "${agent.role}"`);
  return { role: fill('role'), goal: fill('goal'), backstory: fill('backstory') };
}

/** A name of letters, digits, `_` and `-`. It cannot start with a digit: `\d{4}` is a pattern, and `{"a": 1}` is JSON. */
const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_-]*)\}/g;

/**
 * Fills in the placeholders in a single pass, so that braces in a value stay unchanged. Without inputs, returns the template
 * unchanged.
 *
 * @throws {ConfigurationError} naming a missing input, and `what` requires it.
 */
function interpolate(template: string, inputs: Inputs | undefined, what: string): string {
  if (inputs === undefined) return template;
  return template.replace(PLACEHOLDER, (_placeholder, name: string) => {
    // Own properties only: {constructor} must not find Object's.
    const value = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (value === undefined) {
      throw new ConfigurationError(
        `The ${what} requires the input "${name}", which is missing. Pass it in inputs: kickoff({ inputs: { ${name}: ... } }).`,
      );
    }
    if (!isInsertable(value)) {
      const kind = describeUnwritable(value) ?? `a ${typeof value}`;
      throw new ConfigurationError(
        `The ${what} requires the input "${name}", which is ${kind}. Pass a text, or a value that JSON can represent.`,
      );
    }
    return valueText(value);
  });
}
