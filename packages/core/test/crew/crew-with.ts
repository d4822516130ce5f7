import { Agent, Crew, type CrewOptions, Task, type TaskOptions } from '@crew/core';
import { counted, lastText, ScriptedLLM } from '../scripted-llm.ts';

/** Returns the description of the task that a request is about. */
export function taskOf(request: { readonly messages: readonly { readonly content: unknown }[] }): string {
  return /Current Task: (.*)/.exec(String(request.messages.at(-1)?.content))?.[1] ?? '';
}

/** Returns the context in the request for a task. */
export function contextOf(llm: ScriptedLLM, description: string): string | undefined {
  const request = llm.requests.find(asked => taskOf(asked) === description);
  return lastText(request).split("This is the context you're working with:\n")[1];
}

/** Returns a model that answers "<description> done". */
export function echo() {
  return new ScriptedLLM(request => counted(`${taskOf(request)} done`));
}

export function crewWith(
  llm: ScriptedLLM,
  make: (task: (description: string, options?: Partial<TaskOptions>) => Task) => Task[],
  options: Partial<CrewOptions> = {},
) {
  const agent = new Agent({ role: 'Librarian', goal: 'Find', backstory: 'Long', llm, maxRetryLimit: 0 });
  const tasks = make((description, settings) => new Task({ description, expectedOutput: 'It', agent, ...settings }));
  return new Crew({ tasks, ...options });
}
