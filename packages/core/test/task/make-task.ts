import { Agent, Task, type TaskOptions } from '@crew/core';
import { type Script, ScriptedLLM } from '../scripted-llm.ts';

export const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
export const taskOptions = { description: 'Where is Emma?', expectedOutput: 'A shelf' };

/** Returns a task for an agent whose model follows the script. */
export function makeTask(
  script: readonly Script[],
  options: Partial<TaskOptions> = {},
): { llm: ScriptedLLM; task: Task } {
  const llm = new ScriptedLLM(script);
  return { llm, task: new Task({ ...taskOptions, agent: new Agent({ ...persona, llm }), ...options }) };
}
