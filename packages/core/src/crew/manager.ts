import { Agent } from '../agent/agent.ts';
import type { AgentSettings } from '../agent/agent-options.ts';
import type { Persona } from '../agent/prompt.ts';
import { runAgent } from '../agent/run-agent.ts';
import type { RunScope } from '../agent/run-scope.ts';
import type { Clock } from '../execution/clock.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { composite } from '../loop/steps.ts';
import { tool } from '../tools/make-tool.ts';
import type { Tool, ToolContext } from '../tools/tool.ts';

/** Returns the manager of a hierarchical crew whose options contain only a model for it. */
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

/** An agent that a manager can delegate work to. */
export interface Coworker {
  readonly agent: AgentSettings;
  readonly persona: Persona;
  readonly tools: readonly Tool[];
}

/**
 * Returns the two tools of a manager: one delegates work to a coworker, the other asks a coworker a question. The runs of
 * the coworkers belong to the manager's run: they share its signal, steps, events and usage.
 */
export function delegationTools(coworkers: readonly Coworker[], scope: RunScope): readonly Tool[] {
  const roles = coworkers.map(({ persona }) => persona.role);
  const ask = (role: string, description: string, context: string, call: ToolContext): Promise<string> =>
    askCoworker(find(coworkers, role), description, context, scope, call);
  const among = `one of these coworkers: ${roles.join(', ')}`;
  return [
    composite(
      tool({
        name: 'delegate_work_to_coworker',
        description: `Delegate a task to ${among}. Give the coworker, the task, and all context needed to do it. ${SHARE}`,
        parameters: parameters('task', 'The task to do', roles),
        execute: ({ coworker, task, context }, call) => ask(String(coworker), String(task), String(context), call),
      }),
    ),
    composite(
      tool({
        name: 'ask_question_to_coworker',
        description: `Ask a question of ${among}. Give the coworker, the question, and all context needed to answer it. ${SHARE}`,
        parameters: parameters('question', 'The question to ask', roles),
        execute: ({ coworker, question, context }, call) =>
          ask(String(coworker), String(question), String(context), call),
      }),
    ),
  ];
}

/** Returns true if two roles are the same apart from case, spaces and quotes, about which models are careless. */
export function isSameRole(left: string, right: string): boolean {
  return normaliseRole(left) === normaliseRole(right);
}

function normaliseRole(role: string): string {
  return role.replace(/[\s"'`“”‘’«»]+/g, '').toLowerCase();
}

const EXPECTED_OUTPUT = 'Your best answer to your coworker asking you this, accounting for the context shared.';

const SHARE =
  'They know nothing about it, so share absolutely everything you know; do not refer to things, explain them.';

function parameters(subject: string, description: string, roles: readonly string[]) {
  return {
    type: 'object',
    properties: {
      [subject]: { type: 'string', description },
      context: { type: 'string', description: 'Everything the coworker needs to know' },
      coworker: { type: 'string', description: `The role of the coworker: ${roles.join(', ')}` },
    },
    required: [subject, 'context', 'coworker'],
  };
}

function find(coworkers: readonly Coworker[], role: string): Coworker {
  const coworker = coworkers.find(({ persona }) => isSameRole(persona.role, role));
  if (coworker) return coworker;
  const names = coworkers.map(({ persona }) => `"${persona.role}"`).join(', ');
  throw new Error(`There is no coworker "${role}". The coworkers are: ${names}.`);
}

async function askCoworker(
  { agent, persona, tools }: Coworker,
  description: string,
  context: string,
  scope: RunScope,
  { runId, signal, toolCallId }: ToolContext,
): Promise<string> {
  const work = { task: { description, expectedOutput: EXPECTED_OUTPUT }, context, persona, tools };
  const stepPrefix = `${scope.stepPrefix ?? ''}delegate/${toolCallId}/`;
  const { raw } = await runAgent(agent, work, { ...scope, parentId: runId, signal, stepPrefix, retries: undefined });
  return raw;
}
