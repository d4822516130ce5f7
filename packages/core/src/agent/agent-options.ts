import {
  anything,
  callbacks,
  clock,
  flag,
  llm,
  type OptionRule,
  type OptionRules,
  objectWith,
  optional,
  positive,
  string,
  text,
  tools,
  whole,
} from '../errors/check-options.ts';
import type { EventCallback } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import type { RateLimiter } from '../execution/rate-limiter.ts';
import type { StepRunner } from '../execution/step-runner.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { type ModelSettings, modelSettingRules } from '../llm/model-settings.ts';
import type { Tool } from '../tools/tool.ts';
import { isResponseTemplate, type Persona, type PromptTemplates } from './prompt.ts';

/** Options of `new Agent()`. The model settings apply to the agent's runs, and take precedence over those of its LLM. */
export interface AgentOptions extends ModelSettings {
  /** The agent's role, such as "Research Assistant". */
  readonly role: string;
  /** The agent's goal. */
  readonly goal: string;
  /** Background that qualifies the agent for its role. */
  readonly backstory: string;
  /** The model that the agent uses. There is no default. */
  readonly llm: BaseLLM;
  /**
   * Tools that the model may call. Default none.
   *
   * @example
   * ```ts
   * import { Agent, tool } from '@crew/core';
   * import { fakeLLM } from '@crew/llm-testkit';
   *
   * const tide = tool({
   *   name: 'next_tide',
   *   description: 'Returns the time of the next high tide in a harbour.',
   *   parameters: { type: 'object', properties: { harbour: { type: 'string' } }, required: ['harbour'] },
   *   execute: ({ harbour }) => ({ harbour, high: '06:40' }),
   * });
   * const llm = fakeLLM([
   *   { text: '', toolCalls: [{ id: '1', name: 'next_tide', arguments: '{"harbour":"Brest"}' }] },
   *   'The next high tide is at 06:40.',
   * ]);
   * const pilot = new Agent({ role: 'Pilot', goal: 'Bring ships in', backstory: 'Knows every bar.', llm, tools: [tide] });
   * console.log(await pilot.executeTask({ description: 'High tide in Brest?', expectedOutput: 'One sentence.' }));
   * ```
   */
  readonly tools?: readonly Tool[] | undefined;
  /** Maximum number of rounds of tool calls. Then the model must answer without tools. Default 25. */
  readonly maxIterations?: number | undefined;
  /**
   * Maximum number of failed model turns that are repeated in one run. Default 2. A refused credential, an invalid option,
   * a cancellation, an exhausted quota and a request that the server rejects as invalid are never repeated.
   */
  readonly maxRetryLimit?: number | undefined;
  /** Time limit of one run, in seconds. When it expires, requests and tools in flight are cancelled. Default: no limit. */
  readonly maxExecutionTime?: number | undefined;
  /**
   * Requests to the model per minute, over all runs of the agent: a burst of as many, then an even pace (see `RateLimiter`).
   * Takes precedence over the crew's. Default: no limit.
   */
  readonly maxRpm?: number | undefined;
  /** Caches successful tool results within a run, except those of tools with `cache: false`. Default false. */
  readonly cache?: boolean | undefined;
  /** `false` puts everything into one user message, for models without a system role. Default true. */
  readonly useSystemPrompt?: boolean | undefined;
  /** Template of the system message. Fills in `{role}`, `{goal}`, `{backstory}` and `{{ .System }}`, the default text. */
  readonly systemTemplate?: string | undefined;
  /** Template of the user message. Fills in `{role}`, `{goal}`, `{backstory}` and `{{ .Prompt }}`, the default text. */
  readonly promptTemplate?: string | undefined;
  /** Template with `{{ .Response }}`: the part before it is appended to the user message, the part after it is a stop word. */
  readonly responseTemplate?: string | undefined;
  /**
   * Summarises a conversation that outgrows the model's context window. With `false` the run fails with a
   * `ContextWindowExceededError` instead. Default true.
   */
  readonly respectContextWindow?: boolean | undefined;
  /** Stop words of the agent's runs, in addition to those of its LLM. Default: none. */
  readonly stop?: string | readonly string[] | undefined;
  /** Called for every event of every run of the agent. */
  readonly callbacks?: readonly EventCallback[] | undefined;
  /** Source of time. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

const stopWords: OptionRule = {
  must: 'a non-empty string or a list of non-empty strings',
  optional: true,
  accepts: value => [value].flat().every(word => typeof word === 'string' && word !== ''),
};

/** Rules for the options of an agent. */
export const agentOptionRules: OptionRules<AgentOptions> = {
  role: text,
  goal: text,
  backstory: text,
  llm,
  tools: optional(tools),
  maxIterations: optional(whole(1)),
  maxRetryLimit: optional(whole(0)),
  maxExecutionTime: optional({ ...positive, must: 'a positive number of seconds' }),
  maxRpm: optional(positive),
  cache: optional(flag),
  useSystemPrompt: optional(flag),
  systemTemplate: optional(text),
  promptTemplate: optional(text),
  responseTemplate: { must: 'a string with {{ .Response }} in it', optional: true, accepts: isResponseTemplate },
  respectContextWindow: optional(flag),
  stop: stopWords,
  ...modelSettingRules,
  callbacks: optional(callbacks),
  clock: optional(clock),
};

/** The settings of an agent that a run reads: its options, with defaults filled in. An `Agent` has them as fields. */
export interface AgentSettings extends Persona, PromptTemplates, ModelSettings {
  readonly llm: BaseLLM;
  /** Stop words in addition to those of the LLM. */
  readonly stop: readonly string[];
  readonly maxIterations: number;
  readonly maxRetryLimit: number;
  readonly maxExecutionTime: number | undefined;
  readonly rateLimiter: RateLimiter | undefined;
  readonly cache: boolean;
  readonly respectContextWindow: boolean;
  readonly callbacks: readonly EventCallback[];
}

/** Options of any run: of an agent, a task or a crew. They apply to everything inside the run. */
export interface RunOptions {
  /** Cancels the run: model turns, tools and waits in flight are aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Called for every event of the run. Exceptions thrown by a callback are ignored. */
  readonly callbacks?: readonly EventCallback[] | undefined;
  /** A value for authenticators and tools, such as a tenant. Passed on unchanged; never serialised, logged or emitted. */
  readonly authContext?: unknown;
  /** Makes the run durable. See `StepRunner`. */
  readonly steps?: StepRunner | undefined;
  /** Prefix of every step's name, which distinguishes the runs of one workflow. */
  readonly stepPrefix?: string | undefined;
  /** Calls models through `stream`, so that `turn-delta` events are emitted. Default false. */
  readonly stream?: boolean | undefined;
}

/** Rules for the options of a run. */
export const runOptionRules: OptionRules<RunOptions> = {
  signal: optional(objectWith('an AbortSignal', 'addEventListener', 'removeEventListener')),
  callbacks: optional(callbacks),
  authContext: anything,
  steps: optional(objectWith('a StepRunner', 'run', 'sleep', 'now', 'randomId')),
  stepPrefix: optional(string),
  stream: optional(flag),
};

/** Options of `Agent.executeTask`. */
export interface ExecuteTaskOptions extends RunOptions {
  /** Information for the agent besides the task, such as the outputs of other tasks. */
  readonly context?: string | undefined;
  /** Tools that replace those of the task and of the agent. */
  readonly tools?: readonly Tool[] | undefined;
}

/** Rules for the options of `executeTask`. */
export const executeTaskOptionRules: OptionRules<ExecuteTaskOptions> = {
  ...runOptionRules,
  context: optional(string),
  tools: optional(tools),
};
