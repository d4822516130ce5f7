import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Agent } from '../agent/agent.ts';
import {
  callable,
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
import type { JsonObject, JsonValue } from '../json.ts';
import type { Tool, ToolSchema } from '../tools/tool.ts';
import type { FileWriter } from './file-writer.ts';
import type { Guardrail } from './guardrail.ts';
import type { AnyTask } from './task.ts';
import type { TaskCallContext } from './task-call.ts';
import type { TaskOutput } from './task-output.ts';

/** What an answer must fit: a Standard Schema that describes itself as JSON Schema, or a JSON Schema. */
export type OutputSchema = ToolSchema | JsonObject;

/** The type of `TaskOutput.parsed` that a task's `outputSchema` leads to. */
export type ParsedOutput<Schema> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Schema>
  : Schema extends JsonObject
    ? JsonValue
    : undefined;

/** A function of a task's output. */
export type TaskFunction<Parsed, Result> = {
  bivarianceHack(output: TaskOutput<Parsed>, context: TaskCallContext): Result | Promise<Result>;
}['bivarianceHack'];

/** What a task is made of. */
export interface TaskOptions<Schema extends OutputSchema | undefined = undefined> {
  /** What is to be done. */
  readonly description: string;
  /** What a good answer is like. */
  readonly expectedOutput: string;
  /** For events and errors. Default: the beginning of the description. */
  readonly name?: string | undefined;
  /** Who does it. A sequential crew needs one for each task. */
  readonly agent?: Agent | undefined;
  /** Instead of the agent's own tools; `[]` means none. */
  readonly tools?: readonly Tool[] | undefined;
  /** Whose outputs the agent is told: unset = of all earlier tasks of the crew; `[]` = of none. */
  readonly context?: readonly AnyTask[] | undefined;
  /** What the answer must fit. The agent is told what is wrong until it does, three attempts in all. */
  readonly outputSchema?: Schema | undefined;
  /** Where the answer is written: a relative path, in which a crew's inputs are filled in. Needs `files`. */
  readonly outputFile?: string | undefined;
  /** Writes the `outputFile`: `nodeFiles()` of `@crew/core/node`. */
  readonly files?: FileWriter | undefined;
  /** Judges the answer: functions, or sentences that the agent's model judges by. All must accept it, in order. */
  readonly guardrail?: Guardrail<ParsedOutput<Schema>> | readonly Guardrail<ParsedOutput<Schema>>[] | undefined;
  /** How often the task is done again after a guardrail refused its output. Default 3. */
  readonly guardrailMaxRetries?: number | undefined;
  /** Lets a crew go on with the next task meanwhile. Default false. */
  readonly asyncExecution?: boolean | undefined;
  /** Asked about the finished output. An empty answer accepts it; any other is told to the agent, which tries again. */
  readonly humanInput?: TaskFunction<ParsedOutput<Schema>, string> | undefined;
  /** Whether to do the task at all. Given the output before it, of the last task that was not skipped. */
  readonly condition?:
    | ((previous: TaskOutput | undefined, context: TaskCallContext) => boolean | Promise<boolean>)
    | undefined;
  /** Told of the accepted output. What it throws fails the task. */
  readonly callback?: TaskFunction<ParsedOutput<Schema>, void> | undefined;
}

const guardrails: OptionRule = {
  must: 'a function, a sentence, or a list of them',
  optional: true,
  accepts: value => [value].flat().every(item => typeof item === 'function' || text.accepts(item)),
};

/** What the options of a task must be. */
export const taskOptionRules: OptionRules<TaskOptions<OutputSchema | undefined>> = {
  description: text,
  expectedOutput: text,
  name: optional(text),
  agent: optional(objectWith('an Agent', 'executeTask')),
  tools: optional(tools),
  context: optional(listOf('a list of tasks', 'execute')),
  // Read by readSchema, which says more of what is wrong.
  outputSchema: { must: 'a schema', optional: true, accepts: value => Object(value) === value },
  outputFile: optional(text),
  files: optional(objectWith('a FileWriter, such as nodeFiles() of @crew/core/node', 'write')),
  guardrail: guardrails,
  guardrailMaxRetries: optional(whole(0)),
  asyncExecution: optional(flag),
  humanInput: optional({ ...callable, must: 'a function that resolves to what the human says' }),
  condition: optional(callable),
  callback: optional(callable),
};
