import type { Agent } from '../agent/agent.ts';
import type { Persona, TaskPrompt } from '../agent/prompt.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { type Inputs, interpolate } from './interpolate.ts';
import { outputPathFault } from './output-path.ts';
import type { AnyTask } from './task.ts';

/** The texts of a task as one run uses them: with the run's inputs filled in. */
export interface TaskTexts extends TaskPrompt {
  readonly name: string;
  readonly outputFile: string | undefined;
}

/** Fills the inputs into a task's texts. */
export function taskTexts(task: AnyTask, inputs: Inputs | undefined): TaskTexts {
  const what = (part: string): string => `${part} of task "${task.name}"`;
  const outputFile = task.outputFile && interpolate(task.outputFile, inputs, what('outputFile'));
  // An input may have brought in what the option itself may not hold.
  if (outputFile !== undefined) checkOutputPath(outputFile, task.name);
  return {
    name: task.name,
    description: interpolate(task.description, inputs, what('description')),
    expectedOutput: interpolate(task.expectedOutput, inputs, what('expectedOutput')),
    outputFile,
  };
}

/** Fills the inputs into an agent's texts. */
export function agentPersona(agent: Agent, inputs: Inputs | undefined): Persona {
  const fill = (part: keyof Persona): string => interpolate(agent[part], inputs, `${part} of agent "${agent.role}"`);
  return { role: fill('role'), goal: fill('goal'), backstory: fill('backstory') };
}

/**
 * Refuses an output file that is not a plain path inside its folder.
 *
 * @throws {ConfigurationError} naming the task.
 */
export function checkOutputPath(path: string, task: string): void {
  const fault = outputPathFault(path);
  if (fault === undefined) return;
  throw new ConfigurationError(
    `outputFile of task "${task}" ${fault}: ${JSON.stringify(path)}. Give a path inside the folder of its files writer.`,
  );
}
