import { Agent } from '../agent/agent.ts';
import type { Clock } from '../execution/clock.ts';
import type { BaseLLM } from '../llm/base-llm.ts';

/** The manager of a hierarchical crew that was given only a model for it. */
export function makeManager(llm: BaseLLM, clock: Clock): Agent {
  return new Agent({
    role: 'Crew Manager',
    goal: 'Manage the team to complete the task in the best way possible.',
    backstory:
      'You are a seasoned manager with a knack for getting the best out of your team.\nYou are also known for your ' +
      'ability to delegate work to the right people, and to ask the right questions to get the best out of your ' +
      "team.\nEven though you don't perform tasks by yourself, you have a lot of experience in the field, which allows " +
      'you to properly evaluate the work of your team members.',
    llm,
    clock,
  });
}
