import type { Message } from '../message.ts';

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

/** The conversation that an agent begins with. */
export function agentMessages(persona: Persona, task: TaskPrompt, context: string | undefined): readonly Message[] {
  const { role, goal, backstory } = persona;
  return [
    { role: 'system', content: `You are ${role}. ${backstory}\nYour personal goal is: ${goal}` },
    { role: 'user', content: `Current Task: ${taskText(task, context)}` },
  ];
}

/** The task as the model reads it. */
function taskText({ description, expectedOutput }: TaskPrompt, context: string | undefined): string {
  const text =
    `${description}\n\nThis is the expected criteria for your final answer: ${expectedOutput}\n` +
    'You must return the actual complete content as the final answer, not a summary.';
  return context ? `${text}\n\nThis is the context you're working with:\n${context}` : text;
}
