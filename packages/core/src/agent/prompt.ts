import type { ContentPart, Message } from '../messages/message.ts';

/** The part that the model plays. */
export interface Persona {
  readonly role: string;
  readonly goal: string;
  readonly backstory: string;
}

/** The prompt of a task. A `Task` has these members, and any object with them is enough. */
export interface TaskPrompt {
  /** The work to be done. */
  readonly description: string;
  /** Description of a good answer. */
  readonly expectedOutput: string;
  /** Content parts that follow the text of the task, such as images and files. Default none. */
  readonly attachments?: readonly ContentPart[] | undefined;
}

/** Templates for the first request of an agent. */
export interface PromptTemplates {
  readonly useSystemPrompt: boolean;
  readonly systemTemplate: string | undefined;
  readonly promptTemplate: string | undefined;
  readonly responseTemplate: string | undefined;
}

/** The first request of an agent. */
export interface AgentPrompt {
  readonly messages: readonly Message[];
  /** Stop words at which the answer ends, from the agent's `responseTemplate`. */
  readonly stop: readonly string[];
}

/** The placeholder in a `responseTemplate`. */
const RESPONSE = /\{\{\s*\.Response\s*\}\}/;

/** Returns true if the value is a string with the placeholder of a `responseTemplate`. */
export function isResponseTemplate(template: unknown): boolean {
  return typeof template === 'string' && RESPONSE.test(template);
}

/** Returns the task as the model reads it, with the outputs of other tasks and an instruction for the form of the answer. */
export function taskText(task: TaskPrompt, context: string | undefined, instruction: string | undefined): string {
  const parts = [
    `${task.description}\n\nThis is the expected criteria for your final answer: ${task.expectedOutput}\n` +
      'you MUST return the actual complete content as the final answer, not a summary.',
  ];
  if (context) parts.push(`This is the context you're working with:\n${context}`);
  if (instruction) parts.push(instruction);
  return parts.join('\n\n');
}

/** Returns the messages with which the conversation of an agent starts, and its stop words. */
export function agentPrompt(
  templates: PromptTemplates,
  persona: Persona,
  task: string,
  attachments: readonly ContentPart[] = [],
): AgentPrompt {
  const { role, goal, backstory } = persona;
  const fill = (template: string | undefined, part: string): string =>
    template === undefined ? part : fillTemplate(template, { role, goal, backstory }, part);
  const system = fill(templates.systemTemplate, `You are ${role}. ${backstory}\nYour personal goal is: ${goal}`);
  const [before = '', after = ''] = templates.responseTemplate?.split(RESPONSE) ?? [];
  const user = [fill(templates.promptTemplate, `Current Task: ${task}`), before.trim()]
    .filter(part => part !== '')
    .join('\n');
  const stop = after.trim() === '' ? [] : [after.trim()];
  const userMessage = (content: string): Message => ({
    role: 'user',
    content: attachments.length === 0 ? content : [{ type: 'text', text: content }, ...attachments],
  });
  if (system.trim() === '') return { messages: [userMessage(user)], stop };
  if (!templates.useSystemPrompt) return { messages: [userMessage(`${system}\n\n${user}`)], stop };
  return {
    messages: [{ role: 'system', content: system }, userMessage(user)],
    stop,
  };
}

/** Fills a template in a single pass, so that a value is never searched for placeholders. */
function fillTemplate(template: string, values: Readonly<Record<string, string>>, part: string): string {
  return template.replace(
    /\{\{\s*\.(?:System|Prompt)\s*\}\}|\{(role|goal|backstory)\}/g,
    (placeholder, name: string | undefined) => (name === undefined ? part : (values[name] ?? placeholder)),
  );
}
