import { type AgentResult, runAgent } from '../agent/run-agent.ts';
import type { RunScope } from '../agent/run-scope.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { attachRun } from '../errors/crew-error.ts';
import { GuardrailError } from '../errors/run-errors.ts';
import { emit } from '../events/event.ts';
import type { Deadline } from '../execution/deadline.ts';
import { addUsage, NO_USAGE, type TokenUsage } from '../llm/turn.ts';
import { readObject } from '../structured-output/read-object.ts';
import type { Guardrail } from './guardrail.ts';
import { type Judgement, judgeBySentence, readVerdict } from './judge.ts';
import type { TaskWork } from './run-task.ts';
import { callForTask, type TaskCallContext } from './task-call.ts';
import { TaskOutput } from './task-output.ts';

/** An agent's answer, as far as it can still change. */
type Answer = Pick<AgentResult, 'raw' | 'json' | 'parsed' | 'messages'>;

/** One run of a task that is done: its attempts, and what they cost. */
export class TaskRun {
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
      count: (agent, usage) => {
        this.#usage = addUsage(this.#usage, usage);
        scope.count?.(agent, usage);
      },
    };
  }

  async run(): Promise<TaskOutput> {
    const { task, texts } = this.#work;
    const output = await this.#agreed();
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

  /** An output that the human, if one is asked, agrees with. */
  async #agreed(): Promise<TaskOutput> {
    const { task, context } = this.#work;
    const remarks: string[] = [];
    let output = await this.#accepted(context);
    for (;;) {
      const { humanInput } = task;
      if (humanInput === undefined) return output;
      const shown = output;
      const said = await this.#call(`human/${remarks.length + 1}`, 'humanInput', call => humanInput(shown, call));
      if (typeof said !== 'string')
        throw new ConfigurationError(`humanInput of task "${task.name}" must give a string.`);
      if (said.trim() === '') return output;
      remarks.push(said);
      output = await this.#accepted(join(context, humanFeedback(remarks, output.raw)));
    }
  }

  /** An output that every guardrail accepts. A refused one is tried again with the original context and the feedback. */
  async #accepted(context: string | undefined): Promise<TaskOutput> {
    const { guardrailMaxRetries, name } = this.#work.task;
    let told = context;
    for (let refusals = 0; ; ) {
      const { answer, refusal } = await this.#attempt(told);
      if (refusal === undefined) return this.#output(answer);
      refusals += 1;
      if (refusals > guardrailMaxRetries) {
        const times = refusals === 1 ? 'once' : `${refusals} times`;
        const error = new GuardrailError(
          `A guardrail refused the output of task "${name}" ${times}. The last time: ${refusal}`,
          { feedback: refusal },
        );
        attachRun(error, answer.messages, this.#usage);
        throw error;
      }
      told = join(context, guardrailFeedback(refusal, answer.raw));
    }
  }

  async #attempt(context: string | undefined): Promise<{ answer: Answer; refusal: string | undefined }> {
    this.#attempts += 1;
    const { agent, persona, task, texts, tools } = this.#work;
    const { stepPrefix = '' } = this.#scope;
    const prefix = this.#attempts === 1 ? stepPrefix : `${stepPrefix}attempt/${this.#attempts}/`;
    const scope = { ...this.#scope, stepPrefix: prefix };
    const { schema } = task;
    let answer: Answer = await runAgent(agent, { task: texts, context, persona, schema, tools: tools(scope) }, scope);
    for (const [index, guardrail] of task.guardrails.entries()) {
      const judgement = await this.#judge(guardrail, `guardrail/${index + 1}`, answer, scope);
      const feedback = judgement.ok ? undefined : judgement.feedback;
      this.#tell(judgement.ok, feedback);
      if (!judgement.ok) return { answer, refusal: judgement.feedback };
      if (judgement.value !== undefined) answer = await this.#replaced(answer, judgement.value, index);
    }
    return { answer, refusal: undefined };
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
    return callForTask(scope, this.#deadline, step, what, async context =>
      readVerdict(await guardrail(output, context), what),
    );
  }

  /** The answer that a guardrail put in place of the agent's. */
  async #replaced(answer: Answer, raw: string, index: number): Promise<Answer> {
    const { schema, name } = this.#work.task;
    if (schema === undefined) return { ...answer, raw };
    const reading = await readObject(schema, { text: raw });
    if (!('problems' in reading)) return { ...answer, raw, json: reading.json, parsed: reading.value };
    throw new ConfigurationError(
      `The value of guardrail ${index + 1} of task "${name}" does not fit its outputSchema: ${reading.problems}.`,
    );
  }

  #output({ raw, json, parsed, messages }: Answer): TaskOutput {
    return new TaskOutput({ name: this.#work.texts.name, raw, json, parsed, messages, usage: this.#usage });
  }

  #call<T>(step: string, what: string, action: (context: TaskCallContext) => T | Promise<T>): Promise<T> {
    return callForTask(this.#scope, this.#deadline, step, `${what} of task "${this.#work.task.name}"`, action);
  }

  #tell(ok: boolean, feedback: string | undefined): void {
    const { callbacks, clock, parentId } = this.#scope;
    if (callbacks === undefined) return;
    const { name } = this.#work.texts;
    emit(callbacks, {
      type: 'guardrail',
      runId: parentId,
      at: clock.wall(),
      name,
      attempt: this.#attempts,
      ok,
      feedback,
    });
  }
}

function join(context: string | undefined, feedback: string): string {
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
