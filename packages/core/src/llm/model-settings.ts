import { flag, type OptionRule, type OptionRules, optional, text, whole } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { JsonObject } from '../json.ts';

/**
 * Settings of the model for its replies. Those of an LLM are defaults for all its turns; those of an agent replace them in
 * the agent's runs, and those of a turn replace both. A setting that is set nowhere is not sent: the provider's default
 * applies.
 *
 * @example
 * ```ts
 * import { Agent } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const llm = fakeLLM(['Dictionary.'], { temperature: 0.7, maxTokens: 2_000, extraBody: { service_tier: 'flex' } });
 * const clerk = new Agent({ role: 'Clerk', goal: 'Sort books', backstory: 'You sort.', llm, temperature: 0, seed: 7 });
 * console.log(await clerk.executeTask({ description: 'Where is "Duden"?', expectedOutput: 'A shelf.' }));
 * ```
 */
export interface ModelSettings {
  /** Sampling temperature, on the provider's scale. */
  readonly temperature?: number | undefined;
  /** Nucleus sampling: the cumulative probability of the tokens to choose from, 0 to 1. */
  readonly topP?: number | undefined;
  /** Maximum length of a reply, in tokens. A reply that is cut off has the finish reason `length`. */
  readonly maxTokens?: number | undefined;
  /** A seed for reproducible replies, if the provider supports it. */
  readonly seed?: number | undefined;
  /** Amount of reasoning before the reply, in the provider's words, such as `low`, `medium` or `high`. */
  readonly reasoningEffort?: string | undefined;
  /** Allows the model to call several tools in one turn. Sent only with tools. */
  readonly parallelToolCalls?: boolean | undefined;
  /**
   * Provider-specific fields to merge into the request body. Those of an LLM, an agent and a turn are merged field by field;
   * `null` removes a field.
   */
  readonly extraBody?: JsonObject | undefined;
}

const finite: OptionRule = {
  must: 'a finite number',
  optional: true,
  accepts: value => typeof value === 'number' && Number.isFinite(value),
};

/** Rules for the model settings among the options of an LLM, an agent or a turn. */
export const modelSettingRules: OptionRules<ModelSettings> = {
  temperature: finite,
  topP: {
    must: 'a number from 0 to 1',
    optional: true,
    accepts: value => typeof value === 'number' && value >= 0 && value <= 1,
  },
  maxTokens: optional(whole(1)),
  seed: { must: 'a whole number', optional: true, accepts: value => Number.isSafeInteger(value) },
  reasoningEffort: optional(text),
  parallelToolCalls: optional(flag),
  extraBody: {
    must: 'an object of fields for the request body',
    optional: true,
    accepts: value => typeof value === 'object' && value !== null && !Array.isArray(value),
  },
};

const NAMES = Object.keys(modelSettingRules) as readonly (keyof ModelSettings)[];

/** Descriptors of the model settings of an LLM as properties of another one, which reads and writes them. */
export function sharedSettings(inner: ModelSettings): PropertyDescriptorMap {
  return Object.fromEntries(
    NAMES.map(name => [
      name,
      {
        configurable: true,
        enumerable: true,
        get: () => inner[name],
        set: (value: unknown) => Reflect.set(inner, name, value),
      },
    ]),
  );
}

/**
 * Checks the model settings of an LLM or a turn.
 *
 * @throws {ConfigurationError} if a setting is invalid. The message names it.
 */
export function checkModelSettings(settings: ModelSettings): void {
  for (const name of NAMES) {
    const { must, accepts } = modelSettingRules[name];
    const value = settings[name];
    if (value !== undefined && !accepts(value)) throw new ConfigurationError(`${name} must be ${must}, or omitted.`);
  }
}

// Without a prototype, so that a polluted one sets nothing.
const NONE: ModelSettings = Object.freeze(Object.create(null));

/** Returns the model settings among the properties of an agent or an LLM, with those of `own` in place of its own. */
export function mergeModelSettings(defaults: ModelSettings, own: ModelSettings = NONE): ModelSettings {
  const extraBody =
    defaults.extraBody !== undefined && own.extraBody !== undefined
      ? { ...defaults.extraBody, ...own.extraBody }
      : (own.extraBody ?? defaults.extraBody);
  return {
    temperature: own.temperature ?? defaults.temperature,
    topP: own.topP ?? defaults.topP,
    maxTokens: own.maxTokens ?? defaults.maxTokens,
    seed: own.seed ?? defaults.seed,
    reasoningEffort: own.reasoningEffort ?? defaults.reasoningEffort,
    parallelToolCalls: own.parallelToolCalls ?? defaults.parallelToolCalls,
    extraBody,
  };
}
