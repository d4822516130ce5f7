import { type Agent, type ExecuteTaskOptions, executeTaskOptionRules } from '../agent/agent.ts';
import { checkOptions, copyOptions, type OptionRules, text } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { type ReadSchema, readSchema } from '../tools/schema.ts';
import type { Tool } from '../tools/tool.ts';
import type { FileWriter } from './file-writer.ts';
import type { Guardrail } from './guardrail.ts';
import { type Inputs, inputsRule } from './interpolate.ts';
import { runTask } from './run-task.ts';
import { agentPersona, checkOutputPath, taskTexts } from './run-texts.ts';
import { type OutputSchema, type ParsedOutput, type TaskOptions, taskOptionRules } from './task-options.ts';
import type { TaskOutput } from './task-output.ts';

/** A task, whatever its answer must fit. */
export type AnyTask = Task<OutputSchema | undefined>;

/** What one run of a task may be given. */
export interface TaskExecuteOptions extends ExecuteTaskOptions {
  /** Fills in `{name}` placeholders. Unset, they stay as they are. */
  readonly inputs?: Inputs | undefined;
}

const taskExecuteOptionRules: OptionRules<TaskExecuteOptions> = { ...executeTaskOptionRules, inputs: inputsRule };

/**
 * Something to be done. It keeps nothing from one run to the next, and may be executed several times at once. Its fields
 * are the options that it was made of (`TaskOptions`), defaults filled in.
 *
 * @throws {ConfigurationError} for a wrong option.
 */
export class Task<Schema extends OutputSchema | undefined = undefined> {
  readonly description: string;
  readonly expectedOutput: string;
  readonly name: string;
  readonly agent: Agent | undefined;
  readonly tools: readonly Tool[] | undefined;
  readonly context: readonly AnyTask[] | undefined;
  readonly outputSchema: Schema | undefined;
  /** `outputSchema` in the two forms that a run needs. */
  readonly schema: ReadSchema | undefined;
  readonly outputFile: string | undefined;
  readonly files: FileWriter | undefined;
  readonly guardrails: readonly Guardrail<ParsedOutput<Schema>>[];
  readonly guardrailMaxRetries: number;
  readonly asyncExecution: boolean;
  readonly humanInput: TaskOptions<Schema>['humanInput'];
  readonly condition: TaskOptions<Schema>['condition'];
  readonly callback: TaskOptions<Schema>['callback'];
  /** Runs the whole task with another agent than its own. Unset where a prompt is all that the task consists of. */
  readonly executeWith: ((agent: Agent, options: ExecuteTaskOptions) => Promise<TaskOutput>) | undefined;

  constructor(given: TaskOptions<Schema>) {
    const options = copyOptions(given, Object.keys(taskOptionRules));
    const { description, expectedOutput, agent, tools, context, outputSchema, outputFile, files } = options ?? {};
    const name = options?.name ?? (text.accepts(description) ? shorten(description) : undefined);
    checkOptions<TaskOptions<OutputSchema | undefined>>(name ? `task "${name}"` : 'a task', options, taskOptionRules);
    this.description = description;
    this.expectedOutput = expectedOutput;
    this.name = name ?? '';
    this.agent = agent;
    this.tools = tools && Object.freeze([...tools]);
    this.context = context && Object.freeze([...context]);
    this.outputSchema = outputSchema;
    this.schema = outputSchema && readSchema(outputSchema, `outputSchema of task "${name}"`);
    if (outputFile !== undefined) {
      checkOutputPath(outputFile, this.name);
      if (files === undefined) {
        throw new ConfigurationError(
          `Task "${name}" has an outputFile but nothing to write it with. Give files: nodeFiles() of @crew/core/node.`,
        );
      }
    }
    this.outputFile = outputFile;
    this.files = files;
    this.guardrails = Object.freeze([options.guardrail ?? []].flat());
    this.guardrailMaxRetries = options.guardrailMaxRetries ?? 3;
    this.asyncExecution = options.asyncExecution ?? false;
    this.humanInput = options.humanInput;
    this.condition = options.condition;
    this.callback = options.callback;
    const { humanInput, condition, callback, guardrails } = this;
    const more = [humanInput, condition, callback, outputFile, guardrails[0], this.context?.[0]];
    this.executeWith = more.every(one => one === undefined)
      ? undefined
      : (other, executeOptions) => this.#executeWith(other, executeOptions);
  }

  /**
   * Has the task's agent do it, with all that belongs to it: schema, guardrails, human, file, callback.
   *
   * @throws {ConfigurationError} when the task has no agent, or needs the outputs of other tasks and got no `context`.
   * @throws {GuardrailError} when a guardrail refused every attempt.
   * @throws {CrewError} what the run gave rise to.
   */
  async execute(options: TaskExecuteOptions = {}): Promise<TaskOutput<ParsedOutput<Schema>>> {
    const checked = checkOptions(`execute() of task "${this.name}"`, options, taskExecuteOptionRules);
    if (this.agent === undefined) throw new ConfigurationError(`Task "${this.name}" has no agent to do it.`);
    // The schema of this task made `parsed`.
    return (await this.#executeWith(this.agent, checked)) as TaskOutput<ParsedOutput<Schema>>;
  }

  async #executeWith(agent: Agent, options: TaskExecuteOptions): Promise<TaskOutput> {
    const { context, inputs, tools, ...run } = options;
    if (context === undefined && this.context !== undefined && this.context.length > 0) {
      throw new ConfigurationError(
        `Task "${this.name}" needs the outputs of other tasks. Run them in a Crew, or give execute() a context.`,
      );
    }
    const work = {
      task: this,
      texts: taskTexts(this, inputs),
      agent,
      persona: agentPersona(agent, inputs),
      context,
      tools: () => tools ?? this.tools ?? agent.tools,
      previous: undefined,
    };
    return runTask(work, { ...run, clock: agent.clock });
  }
}

/** A description in so few words that it can stand in a sentence. */
function shorten(description: string): string {
  const line = description.trim().replace(/\s+/g, ' ');
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}
