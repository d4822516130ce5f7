import type { Message } from '../messages/message.ts';
import type { Agent } from './agent.ts';

/** Who the model is to be. */
export interface Persona {
  readonly role: string;
  readonly goal: string;
  readonly backstory: string;
}

/** What an agent is asked to do. A `Task` is one; so is any object with these members. */
export interface TaskPrompt {
  /** What is to be done. */
  readonly description: string;
  /** What a good answer is like. */
  readonly expectedOutput: string;
}

/** What an agent's first request holds. */
export interface AgentPrompt {
  readonly messages: readonly Message[];
  /** Where the answer ends, by the agent's `responseTemplate`. */
  readonly stop: readonly string[];
}

/** The marker in a `responseTemplate`. */
const RESPONSE = /\{\{\s*\.Response\s*\}\}/;

/** Whether the text can be a `responseTemplate`. */
export function isResponseTemplate(template: unknown): boolean {
  return typeof template === 'string' && RESPONSE.test(template);
}

/** The task as the model reads it. `context` is what others found out, `instruction` how to write the answer. */
export function taskText(task: TaskPrompt, context: string | undefined, instruction: string | undefined): string {
  const parts = [
    `${task.description}\n\nThis is the expected criteria for your final answer: ${task.expectedOutput}\n` +
      'you MUST return the actual complete content as the final answer, not a summary.',
  ];
  if (context) parts.push(`This is the context you're working with:\n${context}`);
  if (instruction) parts.push(instruction);
  return parts.join('\n\n');
}

/** The conversation that an agent begins with. */
export function agentPrompt(
  agent: Pick<Agent, 'systemTemplate' | 'promptTemplate' | 'responseTemplate' | 'useSystemPrompt'>,
  persona: Persona,
  task: string,
): AgentPrompt {
  const { role, goal, backstory } = persona;
  const fill = (template: string | undefined, part: string): string =>
    template === undefined ? part : fillTemplate(template, { role, goal, backstory }, part);
  const system = fill(agent.systemTemplate, `You are ${role}. ${backstory}\nYour personal goal is: ${goal}`);
  const [before = '', after = ''] = agent.responseTemplate?.split(RESPONSE) ?? [];
  const user = [fill(agent.promptTemplate, `Current Task: ${task}`), before.trim()]
    .filter(part => part !== '')
    .join('\n');
  const stop = after.trim() === '' ? [] : [after.trim()];
  if (system.trim() === '') return { messages: [{ role: 'user', content: user }], stop };
  if (!agent.useSystemPrompt) return { messages: [{ role: 'user', content: `${system}\n\n${user}` }], stop };
  return {
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ],
    stop,
  };
}

/** Fills a template in one pass, so that nothing in a value is ever taken for a placeholder. */
function fillTemplate(template: string, values: Readonly<Record<string, string>>, part: string): string {
  return template.replace(
    /\{\{\s*\.(?:System|Prompt)\s*\}\}|\{(role|goal|backstory)\}/g,
    (placeholder, name: string | undefined) => (name === undefined ? part : (values[name] ?? placeholder)),
  );
}
