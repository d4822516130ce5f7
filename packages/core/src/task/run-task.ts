import type { Agent } from '../agent/agent.ts';
import type { Persona } from '../agent/prompt.ts';
import { inSpan, type RunScope } from '../agent/run-scope.ts';
import { emit } from '../events/event.ts';
import { Deadline } from '../execution/deadline.ts';
import { NO_USAGE } from '../llm/turn.ts';
import type { Tool } from '../tools/tool.ts';
import type { TaskTexts } from './run-texts.ts';
import type { AnyTask } from './task.ts';
import { callForTask } from './task-call.ts';
import { TaskOutput } from './task-output.ts';
import { TaskRun } from './task-run.ts';

/** A task with everything that one run of it needs. */
export interface TaskWork {
  readonly task: AnyTask;
  readonly texts: TaskTexts;
  readonly agent: Agent;
  readonly persona: Persona;
  readonly context: string | undefined;
  /** The tools for one attempt, which may belong to it. */
  readonly tools: (scope: RunScope) => readonly Tool[];
  /** What the task's `condition` is asked about. */
  readonly previous: TaskOutput | undefined;
}

/** One run of a task. Nothing of it stays behind in the task. */
export async function runTask(work: TaskWork, given: RunScope): Promise<TaskOutput> {
  const { task, texts, previous } = work;
  const deadline = new Deadline({ subject: `Task "${texts.name}"`, clock: given.clock, parent: given.signal });
  const scope = { ...given, signal: deadline.signal };
  try {
    const { condition } = task;
    if (condition !== undefined) {
      const wanted = await callForTask(
        scope,
        deadline,
        'condition',
        `The condition of task "${task.name}"`,
        async call => Boolean(await condition(previous, call)),
      );
      if (!wanted) return skip(texts, scope);
    }
    return await inSpan('task', texts.name, scope, (runId, ids) =>
      new TaskRun(work, { ...scope, ids }, runId, deadline).run(),
    );
  } finally {
    deadline.dispose();
  }
}

function skip({ name }: TaskTexts, { callbacks, clock, parentId }: RunScope): TaskOutput {
  if (callbacks) emit(callbacks, { type: 'task-skip', parentId, at: clock.wall(), name });
  return new TaskOutput({
    name,
    raw: '',
    json: undefined,
    parsed: undefined,
    usage: NO_USAGE,
    messages: [],
    skipped: true,
  });
}
