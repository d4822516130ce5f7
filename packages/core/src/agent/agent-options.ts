import {
  callbacks,
  clock,
  flag,
  llm,
  type OptionRules,
  optional,
  positive,
  text,
  tools,
  whole,
} from '../errors/check-options.ts';
import type { EventCallback } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import type { Tool } from '../tools/tool.ts';
import { isResponseTemplate } from './prompt.ts';

/** What an agent is made of. */
export interface AgentOptions {
  /** Who it is: "Research Assistant". */
  readonly role: string;
  /** What it wants. */
  readonly goal: string;
  /** What makes it good at that. */
  readonly backstory: string;
  /** The model it thinks with. There is no default. */
  readonly llm: BaseLLM;
  /** What it may use. Default none. */
  readonly tools?: readonly Tool[] | undefined;
  /** Rounds of tool calls before the answer is forced. Default 25. */
  readonly maxIterations?: number | undefined;
  /**
   * Model turns that are asked for again in one run after they failed. Default 2. Not after a refused credential, a
   * wrong option, a cancellation, a used-up quota, or a request that the server calls wrong.
   */
  readonly maxRetryLimit?: number | undefined;
  /** Seconds for one run. What is in flight then is cancelled. Default: no limit. */
  readonly maxExecutionTime?: number | undefined;
  /** Requests to the model per minute, evenly spread, over all runs of the agent. Wins over the crew's. Default: no limit. */
  readonly maxRpm?: number | undefined;
  /** Remembers successful tool results within a run, except of tools that say `cache: false`. Default false. */
  readonly cache?: boolean | undefined;
  /** `false` puts everything into one user message, for models without a system role. Default true. */
  readonly useSystemPrompt?: boolean | undefined;
  /** Replaces the system message. `{role}`, `{goal}`, `{backstory}` and `{{ .System }}`, the default text, are filled in. */
  readonly systemTemplate?: string | undefined;
  /** Replaces the user message. `{role}`, `{goal}`, `{backstory}` and `{{ .Prompt }}`, the default text, are filled in. */
  readonly promptTemplate?: string | undefined;
  /** What stands before `{{ .Response }}` ends the user message; what stands after it is a stop word. */
  readonly responseTemplate?: string | undefined;
  /**
   * Summarises a conversation that outgrows the model's context window. `false` makes it a
   * `ContextWindowExceededError`. Default true.
   */
  readonly respectContextWindow?: boolean | undefined;
  /** Told of every event of each of its runs. */
  readonly callbacks?: readonly EventCallback[] | undefined;
  /** Where time comes from. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/** What the options of an agent must be. */
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
  callbacks: optional(callbacks),
  clock: optional(clock),
};
