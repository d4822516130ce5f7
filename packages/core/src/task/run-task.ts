import type { Agent } from '../agent/agent.ts';
import { type AgentWork, runAgent } from '../agent/run-agent.ts';
import { inSpan, type RunScope } from '../agent/run-scope.ts';
import type { Task } from './task.ts';
import { TaskOutput } from './task-output.ts';

/** A task with everything that one run of it needs. */
export interface TaskWork extends AgentWork {
  readonly task: Task;
  readonly agent: Agent;
}

/** One run of a task. Nothing of it stays behind in the task. */
export function runTask(work: TaskWork, scope: RunScope): Promise<TaskOutput> {
  return inSpan('task', work.task.name, scope, async runId => {
    const { raw, messages, usage } = await runAgent(work.agent, work, { ...scope, parentId: runId });
    return new TaskOutput({ raw, messages, usage, json: undefined, parsed: undefined });
  });
}
