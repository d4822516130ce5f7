import type { AgentSettings } from '../agent/agent-options.ts';
import type { Persona } from '../agent/prompt.ts';
import { type AgentResult, runAgent } from '../agent/run-agent.ts';
import { inSpan, type RunScope } from '../agent/run-scope.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { attachRun } from '../errors/crew-error.ts';
import { GuardrailError } from '../errors/run-errors.ts';
import { emit } from '../events/event.ts';
import { Deadline } from '../execution/deadline.ts';
import { addUsage, NO_USAGE, type TokenUsage } from '../llm/turn.ts';
import { readObject } from '../structured-output/read-object.ts';
import type { ReadSchema } from '../tools/schema.ts';
import type { Tool } from '../tools/tool.ts';
import { type Guardrail, type Judgement, judgeBySentence, toJudgement } from './guardrail.ts';
import type { TaskTexts } from './inputs.ts';
import type { FileWriter } from './output-file.ts';
import { callTaskFunction, type TaskCallContext, type TaskFunction } from './task-function.ts';
import { TaskOutput } from './task-output.ts';

/** A function that decides whether a task is executed. */
export type TaskCondition = (previous: TaskOutput | undefined, context: TaskCallContext) => boolean | Promise<boolean>;

/** The settings of a task that a run reads. A `Task` has them as fields. */
export interface TaskSettings {
  readonly name: string;
  readonly schema: ReadSchema | undefined;
  readonly files: FileWriter | undefined;
  readonly guardrails: readonly Guardrail[];
  readonly guardrailMaxRetries: number;
  readonly humanInput: TaskFunction<unknown, string> | undefined;
  readonly condition: TaskCondition | undefined;
  readonly callback: TaskFunction<unknown, void> | undefined;
}

/** The work of one run of a task. */
export interface TaskWork {
  readonly task: TaskSettings;
  readonly texts: TaskTexts;
  readonly agent: AgentSettings;
  readonly persona: Persona;
  readonly context: string | undefined;
  /** Returns the tools for one attempt, whose scope they may belong to. */
  readonly tools: (scope: RunScope) => readonly Tool[];
  /** The output that the task's `condition` is called with. */
  readonly previous: TaskOutput | undefined;
}

/** Runs a task once. Keeps no state in the task. */
export async function runTask(work: TaskWork, outerScope: RunScope): Promise<TaskOutput> {
  const { task, texts, previous } = work;
  const { clock, signal: parent } = outerScope;
  const deadline = new Deadline({ subject: `Task "${texts.name}"`, clock, parent });
  const scope = { ...outerScope, signal: deadline.signal };
  try {
    const { condition } = task;
    if (condition !== undefined) {
      const what = `The condition of task "${task.name}"`;
      const isWanted = await callTaskFunction(scope, deadline, 'condition', what, async context =>
        Boolean(await condition(previous, context)),
      );
      if (!isWanted) return skip(texts, scope);
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
  const nothing = { json: undefined, parsed: undefined, usage: NO_USAGE, messages: [] };
  return new TaskOutput({ name, raw: '', ...nothing, skipped: true });
}

/** The parts of an agent's answer that a guardrail can change. */
type Answer = Pick<AgentResult, 'raw' | 'json' | 'parsed' | 'messages' | 'finishReason'>;

/** One run of a task: its attempts, and the tokens that they used. */
class TaskRun {
  readonly #work: TaskWork;
  readonly #scope: RunScope & { readonly parentId: string };
  readonly #deadline: Deadline;
  #usage: TokenUsage = NO_USAGE;
  #attempts = 0;

  constructor(work: TaskWork, scope: RunScope, runId: string, deadline: Deadline) {
    this.#work = work;
    this.#deadline = deadline;
    this.#scope = {
      ...scope,
      parentId: runId,
      retries: { used: 0 },
      onUsage: (agent, usage) => {
        this.#usage = addUsage(this.#usage, usage);
        scope.onUsage?.(agent, usage);
      },
    };
  }

  async run(): Promise<TaskOutput> {
    const { task, texts } = this.#work;
    const output = await this.#approvedOutput();
    const { outputFile } = texts;
    if (outputFile !== undefined) {
      const content = output.json === undefined ? output.raw : `${JSON.stringify(output.json, null, 2)}\n`;
      await this.#call('file', `Writing "${outputFile}"`, async ({ signal }) => {
        await task.files?.write(outputFile, content, { signal });
      });
    }
    const { callback } = task;
    if (callback !== undefined) {
      await this.#call('callback', 'The callback', async context => {
        await callback(output, context);
      });
    }
    return output;
  }

  /** Returns an output that the human approves, if `humanInput` is set. */
  async #approvedOutput(): Promise<TaskOutput> {
    const { task, context } = this.#work;
    const { humanInput } = task;
    let output = await this.#acceptedOutput(context);
    if (humanInput === undefined) return output;
    const remarks: string[] = [];
    for (;;) {
      const shown = output;
      const remark = await this.#call(`human/${remarks.length + 1}`, 'humanInput', call => humanInput(shown, call));
      if (typeof remark !== 'string') {
        throw new ConfigurationError(`humanInput of task "${task.name}" must return a string.`);
      }
      if (remark.trim() === '') return output;
      remarks.push(remark);
      output = await this.#acceptedOutput(joinContext(context, humanFeedback(remarks, output.raw)));
    }
  }

  /** Returns an output that every guardrail accepts. A new attempt gets the original context and the last feedback. */
  async #acceptedOutput(context: string | undefined): Promise<TaskOutput> {
    const { guardrailMaxRetries, name } = this.#work.task;
    let attemptContext = context;
    for (let rejections = 0; ; ) {
      const { answer, rejection } = await this.#attempt(attemptContext);
      if (rejection === undefined) return this.#output(answer);
      rejections += 1;
      if (rejections > guardrailMaxRetries) {
        const times = rejections === 1 ? 'once' : `${rejections} times`;
        const message = `A guardrail rejected the output of task "${name}" ${times}. The last feedback: ${rejection}`;
        const error = new GuardrailError(message, { feedback: rejection });
        attachRun(error, answer.messages, this.#usage);
        throw error;
      }
      attemptContext = joinContext(context, guardrailFeedback(rejection, answer.raw));
    }
  }

  async #attempt(context: string | undefined): Promise<{ answer: Answer; rejection: string | undefined }> {
    this.#attempts += 1;
    const { agent, persona, task, texts, tools } = this.#work;
    const { stepPrefix = '' } = this.#scope;
    const prefix = this.#attempts === 1 ? stepPrefix : `${stepPrefix}attempt/${this.#attempts}/`;
    const scope = { ...this.#scope, stepPrefix: prefix };
    const { schema } = task;
    let answer: Answer = await runAgent(agent, { task: texts, context, persona, schema, tools: tools(scope) }, scope);
    for (const [index, guardrail] of task.guardrails.entries()) {
      const judgement = await this.#judge(guardrail, `guardrail/${index + 1}`, answer, scope);
      this.#emitJudgement(judgement);
      if (!judgement.ok) return { answer, rejection: judgement.feedback };
      if (judgement.value !== undefined) answer = await this.#replace(answer, judgement.value, index);
    }
    return { answer, rejection: undefined };
  }

  async #judge(
    guardrail: Guardrail,
    step: string,
    answer: Answer,
    scope: RunScope & { readonly parentId: string },
  ): Promise<Judgement> {
    const { agent, persona, task } = this.#work;
    if (typeof guardrail === 'string') {
      const stepPrefix = `${scope.stepPrefix}${step}/`;
      return judgeBySentence(agent, persona, guardrail, answer.raw, { ...scope, stepPrefix });
    }
    const output = this.#output(answer);
    const what = `A guardrail of task "${task.name}"`;
    return callTaskFunction(scope, this.#deadline, step, what, async context =>
      toJudgement(await guardrail(output, context), what),
    );
  }

  /** Returns the answer with the value of a guardrail instead of the agent's. */
  async #replace(answer: Answer, raw: string, index: number): Promise<Answer> {
    const { schema, name } = this.#work.task;
    if (schema === undefined) return { ...answer, raw };
    const result = await readObject(schema, { text: raw });
    if (!('problems' in result)) return { ...answer, raw, json: result.json, parsed: result.value };
    throw new ConfigurationError(
      `The value of guardrail ${index + 1} of task "${name}" does not fit its outputSchema: ${result.problems}.`,
    );
  }

  #output(answer: Answer): TaskOutput {
    const { raw, json, parsed, messages, finishReason } = answer;
    const { name } = this.#work.texts;
    return new TaskOutput({ name, raw, json, parsed, messages, finishReason, usage: this.#usage });
  }

  #call<T>(step: string, what: string, action: (context: TaskCallContext) => T | Promise<T>): Promise<T> {
    return callTaskFunction(this.#scope, this.#deadline, step, `${what} of task "${this.#work.task.name}"`, action);
  }

  #emitJudgement(judgement: Judgement): void {
    const { callbacks, clock, parentId: runId } = this.#scope;
    if (callbacks === undefined) return;
    const { name } = this.#work.texts;
    const feedback = judgement.ok ? undefined : judgement.feedback;
    const at = clock.wall();
    emit(callbacks, { type: 'guardrail', runId, at, name, attempt: this.#attempts, ok: judgement.ok, feedback });
  }
}

function joinContext(context: string | undefined, feedback: string): string {
  return context ? `${context}\n\n${feedback}` : feedback;
}

function guardrailFeedback(feedback: string, result: string): string {
  return (
    `### Previous attempt failed validation: ${feedback}\n\n### Previous result:\n${result}\n\n` +
    'Try again, making sure to address the validation error.'
  );
}

function humanFeedback(remarks: readonly string[], result: string): string {
  return (
    `### Feedback of a human on your previous attempts:\n${remarks.join('\n')}\n\n### Previous result:\n${result}\n\n` +
    'Try again, making sure to address the feedback.'
  );
}
