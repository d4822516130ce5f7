import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Agent } from '../agent/agent.ts';
import { type ExecuteTaskOptions, executeTaskOptionRules } from '../agent/agent-options.ts';
import {
  callable,
  checkOptions,
  copyOptions,
  flag,
  listOf,
  type OptionRule,
  type OptionRules,
  objectWith,
  optional,
  text,
  tools,
  whole,
} from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { ContentPart } from '../messages/message.ts';
import { prepareContent } from '../messages/prepare-messages.ts';
import { cutText } from '../messages/printable.ts';
import { type ReadSchema, readSchema } from '../tools/schema.ts';
import type { Tool, ToolSchema } from '../tools/tool.ts';
import type { Guardrail } from './guardrail.ts';
import { fillPersona, fillTask, type Inputs, inputsRule } from './inputs.ts';
import { checkOutputPath, type FileWriter } from './output-file.ts';
import { runTask, type TaskCondition, type TaskSettings } from './run-task.ts';
import type { TaskFunction } from './task-function.ts';
import type { TaskOutput } from './task-output.ts';

/** A schema for an answer: a Standard Schema that describes itself as JSON Schema, or a JSON Schema. */
export type OutputSchema = ToolSchema | JsonObject;

/** The type of `TaskOutput.parsed` for a task with this `outputSchema`. */
export type ParsedOutput<Schema> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Schema>
  : Schema extends JsonObject
    ? JsonValue
    : undefined;

/** A task with any output schema. */
export type AnyTask = Task<OutputSchema | undefined>;

/** Options of `new Task()`. */
export interface TaskOptions<Schema extends OutputSchema | undefined = undefined> {
  /** The work to be done. */
  readonly description: string;
  /** Description of a good answer. */
  readonly expectedOutput: string;
  /**
   * Images, audio and files for the agent, as content parts that follow the text of the task. The coworkers to whom a manager
   * delegates work do not receive them. Default none.
   */
  readonly attachments?: readonly ContentPart[] | undefined;
  /** Name for events and errors. Default: the beginning of the description. */
  readonly name?: string | undefined;
  /** The agent that executes the task. In a sequential crew, each task needs one. */
  readonly agent?: Agent | undefined;
  /** Tools that replace the agent's; `[]` means none. */
  readonly tools?: readonly Tool[] | undefined;
  /** The tasks whose outputs the agent receives. Default: all earlier tasks of the crew. `[]` means none. */
  readonly context?: readonly AnyTask[] | undefined;
  /** The schema that the answer must fit. The model gets feedback until it does, with three attempts in all. */
  readonly outputSchema?: Schema | undefined;
  /** File for the answer: a relative path, in which inputs are filled in. Requires `files`. */
  readonly outputFile?: string | undefined;
  /** Writer of the `outputFile`, such as `nodeFiles()` of `@crew/core/node`. */
  readonly files?: FileWriter | undefined;
  /** Checks of the answer: functions, or sentences that the agent's model judges by. All must accept it, in order. */
  readonly guardrail?: Guardrail<ParsedOutput<Schema>> | readonly Guardrail<ParsedOutput<Schema>>[] | undefined;
  /** Maximum number of new attempts after a guardrail rejected the output. Default 3. */
  readonly guardrailMaxRetries?: number | undefined;
  /** Lets a crew start the next task while this one is running. Default false. */
  readonly asyncExecution?: boolean | undefined;
  /**
   * Called with the finished output; returns the remarks of a human. An empty string approves the output. With any other
   * string, the agent tries again.
   */
  readonly humanInput?: TaskFunction<ParsedOutput<Schema>, string> | undefined;
  /** Decides whether the task is executed. Called with the output of the last task that was not skipped. */
  readonly condition?: TaskCondition | undefined;
  /** Called with the accepted output. An exception fails the task. */
  readonly callback?: TaskFunction<ParsedOutput<Schema>, void> | undefined;
}

/** Options of `Task.execute`. */
export interface TaskExecuteOptions extends ExecuteTaskOptions {
  /** Values of `{name}` placeholders. If unset, the placeholders stay unchanged. */
  readonly inputs?: Inputs | undefined;
}

/**
 * A task for an agent. It keeps no state between runs and may be executed several times at once. Its fields are its options
 * (`TaskOptions`), with defaults filled in.
 *
 * @throws {ConfigurationError} for an invalid option.
 *
 * @example A guardrail checks the answer; the agent tries again with its feedback.
 * ```ts
 * import { Agent, Task } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const llm = fakeLLM(['The sea is very big indeed, you know.', 'The sea is big.']);
 * const agent = new Agent({ role: 'Poet', goal: 'Say it briefly', backstory: 'You count words.', llm });
 * const task = new Task({
 *   description: 'Describe the sea.',
 *   expectedOutput: 'At most five words.',
 *   agent,
 *   guardrail: output => output.raw.split(' ').length <= 5 || 'It has more than five words.',
 * });
 * console.log((await task.execute()).raw);
 * ```
 *
 * @example An output schema makes the answer a typed value.
 * ```ts no-run
 * import { Agent, Task } from '@crew/core';
 * import { ApiKeyLLM, fromEnv } from '@crew/llm-apikey';
 * import { z } from 'zod';
 *
 * const endpoint = 'https://gateway.example/v1/chat/completions';
 * const llm = new ApiKeyLLM({ endpoint, model: 'large', apiKey: fromEnv('LLM_API_KEY') });
 * const task = new Task({
 *   description: 'Recommend a novel about the sea.',
 *   expectedOutput: 'One book.',
 *   agent: new Agent({ role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.', llm }),
 *   outputSchema: z.object({ title: z.string(), year: z.number().int() }),
 * });
 * const { parsed } = await task.execute();
 * console.log(parsed.title, parsed.year);
 * ```
 *
 * @example The answer is written to a file.
 * ```ts no-run
 * import { Agent, Task } from '@crew/core';
 * import { nodeFiles } from '@crew/core/node';
 * import { ApiKeyLLM, fromEnv } from '@crew/llm-apikey';
 *
 * const endpoint = 'https://gateway.example/v1/chat/completions';
 * const llm = new ApiKeyLLM({ endpoint, model: 'large', apiKey: fromEnv('LLM_API_KEY') });
 * const task = new Task({
 *   description: 'Write a short history of {harbour}.',
 *   expectedOutput: 'Markdown, one page.',
 *   agent: new Agent({ role: 'Historian', goal: 'Tell what happened', backstory: 'You read archives.', llm }),
 *   outputFile: 'harbours/{harbour}.md',
 *   files: nodeFiles({ directory: '/var/lib/harbours' }),
 * });
 * await task.execute({ inputs: { harbour: 'Brest' } });
 * ```
 *
 * @example A task of a crew receives the outputs of the tasks in its `context`.
 * ```ts
 * import { Agent, Crew, Task } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const llm = fakeLLM(['High tide is at 06:40.', 'Enter at six.']);
 * const agent = new Agent({ role: 'Pilot', goal: 'Bring ships in', backstory: 'You know every bar.', llm });
 * const tide = new Task({ description: 'Find the next high tide.', expectedOutput: 'A time.', agent });
 * const advice = new Task({ description: 'Advise the ship.', expectedOutput: 'A sentence.', agent, context: [tide] });
 * console.log(String(await new Crew({ tasks: [tide, advice] }).kickoff()));
 * ```
 */
export class Task<Schema extends OutputSchema | undefined = undefined> implements TaskSettings {
  readonly description: string;
  readonly expectedOutput: string;
  readonly attachments: readonly ContentPart[] | undefined;
  readonly name: string;
  readonly agent: Agent | undefined;
  readonly tools: readonly Tool[] | undefined;
  readonly context: readonly AnyTask[] | undefined;
  readonly outputSchema: Schema | undefined;
  /** `outputSchema` as JSON Schema, with the function that checks a value. */
  readonly schema: ReadSchema | undefined;
  readonly outputFile: string | undefined;
  readonly files: FileWriter | undefined;
  readonly guardrails: readonly Guardrail<ParsedOutput<Schema>>[];
  readonly guardrailMaxRetries: number;
  readonly asyncExecution: boolean;
  readonly humanInput: TaskOptions<Schema>['humanInput'];
  readonly condition: TaskOptions<Schema>['condition'];
  readonly callback: TaskOptions<Schema>['callback'];
  /** Runs the whole task with another agent than its own. Unset if the task consists only of a prompt. */
  readonly executeWith: ((agent: Agent, options: ExecuteTaskOptions) => Promise<TaskOutput>) | undefined;

  constructor(options: TaskOptions<Schema>) {
    const copy = copyOptions(options, Object.keys(taskOptionRules));
    const { description, expectedOutput, agent, tools, context, outputSchema, outputFile, files } = copy ?? {};
    const name = copy?.name ?? (text.accepts(description) ? shorten(description) : undefined);
    checkOptions<TaskOptions<OutputSchema | undefined>>(name ? `task "${name}"` : 'a task', copy, taskOptionRules);
    this.description = description;
    this.expectedOutput = expectedOutput;
    this.attachments = copy.attachments && prepareContent(copy.attachments);
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
          `Task "${name}" has an outputFile but no files writer. Set files: nodeFiles() of @crew/core/node.`,
        );
      }
    }
    this.outputFile = outputFile;
    this.files = files;
    this.guardrails = Object.freeze([copy.guardrail ?? []].flat());
    this.guardrailMaxRetries = copy.guardrailMaxRetries ?? 3;
    this.asyncExecution = copy.asyncExecution ?? false;
    this.humanInput = copy.humanInput;
    this.condition = copy.condition;
    this.callback = copy.callback;
    const { humanInput, condition, callback, guardrails } = this;
    const additions = [humanInput, condition, callback, outputFile, guardrails[0], this.context?.[0]];
    this.executeWith = additions.every(addition => addition === undefined)
      ? undefined
      : (other, executeOptions) => this.#executeWith(other, executeOptions);
  }

  /**
   * Executes the task with its agent, including schema, guardrails, human input, output file and callback.
   *
   * @throws {ConfigurationError} if the task has no agent, or needs the outputs of other tasks and got no `context`.
   * @throws {GuardrailError} if a guardrail rejected every attempt.
   * @throws {CrewError} any other error of the run.
   */
  async execute(options: TaskExecuteOptions = {}): Promise<TaskOutput<ParsedOutput<Schema>>> {
    const checked = checkOptions(`execute() of task "${this.name}"`, options, taskExecuteOptionRules);
    if (this.agent === undefined) {
      throw new ConfigurationError(`Task "${this.name}" has no agent. Set its agent, or use agent.executeTask().`);
    }
    // `parsed` is the output of this task's schema.
    return (await this.#executeWith(this.agent, checked)) as TaskOutput<ParsedOutput<Schema>>;
  }

  async #executeWith(agent: Agent, options: TaskExecuteOptions): Promise<TaskOutput> {
    const { context, inputs, tools, ...run } = options;
    if (context === undefined && this.context !== undefined && this.context.length > 0) {
      throw new ConfigurationError(
        `Task "${this.name}" needs the outputs of other tasks. Run them in a Crew, or pass a context to execute().`,
      );
    }
    const work = {
      task: this,
      texts: fillTask(this, inputs),
      agent,
      persona: fillPersona(agent, inputs),
      context,
      tools: () => tools ?? this.tools ?? agent.tools,
      previous: undefined,
    };
    return runTask(work, { ...run, clock: agent.clock });
  }
}

/** Shortens a description so that it fits into a sentence. */
function shorten(description: string): string {
  const line = description.trim().replace(/\s+/g, ' ');
  return line.length <= 60 ? line : `${cutText(line, 59)}…`;
}

const guardrails: OptionRule = {
  must: 'a function, a sentence, or a list of them',
  optional: true,
  accepts: value => [value].flat().every(item => typeof item === 'function' || text.accepts(item)),
};

const taskOptionRules: OptionRules<TaskOptions<OutputSchema | undefined>> = {
  description: text,
  expectedOutput: text,
  attachments: { must: 'a list of content parts', optional: true, accepts: Array.isArray },
  name: optional(text),
  agent: optional(objectWith('an Agent', 'executeTask')),
  tools: optional(tools),
  context: optional(listOf('a list of tasks', 'execute')),
  // readSchema checks the rest, with more precise errors.
  outputSchema: { must: 'a schema', optional: true, accepts: value => Object(value) === value },
  outputFile: optional(text),
  files: optional(objectWith('a FileWriter, such as nodeFiles() of @crew/core/node', 'write')),
  guardrail: guardrails,
  guardrailMaxRetries: optional(whole(0)),
  asyncExecution: optional(flag),
  humanInput: optional({ ...callable, must: 'a function that resolves to the remarks of a human' }),
  condition: optional(callable),
  callback: optional(callable),
};

const taskExecuteOptionRules: OptionRules<TaskExecuteOptions> = { ...executeTaskOptionRules, inputs: inputsRule };
