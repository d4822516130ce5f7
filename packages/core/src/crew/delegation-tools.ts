import type { Agent } from '../agent/agent.ts';
import type { Persona } from '../agent/prompt.ts';
import { runAgent } from '../agent/run-agent.ts';
import type { RunScope } from '../agent/run-scope.ts';
import { composite } from '../loop/steps.ts';
import { tool } from '../tools/make-tool.ts';
import type { Tool, ToolContext } from '../tools/tool.ts';
import { sameRole } from './same-role.ts';

/** One whom work can be delegated to. */
export interface Coworker {
  readonly agent: Agent;
  readonly persona: Persona;
  readonly tools: readonly Tool[];
}

const EXPECTED_OUTPUT = 'Your best answer to your coworker asking you this, accounting for the context shared.';

const SHARE =
  'They know nothing about it, so share absolutely everything you know; do not refer to things, explain them.';

/**
 * The two tools of a manager: to delegate work to its coworkers, and to ask them questions. What the coworkers do
 * belongs to the manager's run: its signal, steps, events and usage.
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
  const coworker = coworkers.find(({ persona }) => sameRole(persona.role, role));
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
