import { CrewError, toRunError } from '../errors/crew-error.ts';
import { StructuredOutputError, TimeoutError } from '../errors/run-errors.ts';
import { Deadline, throwIfAborted } from '../execution/deadline.ts';
import type { JsonValue } from '../json.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { mergeModelSettings } from '../llm/model-settings.ts';
import type { FinishReason, TokenUsage } from '../llm/turn.ts';
import { withToolLoop } from '../loop/run-tool-loop.ts';
import { isComposite } from '../loop/steps.ts';
import type { ToolLoopOptions, ToolLoopResult } from '../loop/tool-loop-options.ts';
import type { Message } from '../messages/message.ts';
import { askForObject, objectRequest } from '../structured-output/object-request.ts';
import type { ObjectReply } from '../structured-output/read-object.ts';
import type { ReadSchema } from '../tools/schema.ts';
import type { Tool } from '../tools/tool.ts';
import type { AgentSettings } from './agent-options.ts';
import { agentPrompt, type Persona, type TaskPrompt, taskText } from './prompt.ts';
import { inSpan, joinCallbacks, type RunScope } from './run-scope.ts';
import { turnRetries } from './turn-retries.ts';

/** The work of one run of an agent. */
export interface AgentWork {
  readonly task: TaskPrompt;
  /** Outputs of other tasks, or other background. */
  readonly context?: string | undefined;
  readonly tools: readonly Tool[];
  /** The schema that the answer must fit. */
  readonly schema?: ReadSchema | undefined;
  /** The agent's role, goal and backstory with the run's inputs filled in. Default: those of the agent, unchanged. */
  readonly persona?: Persona | undefined;
}

/** The result of one run of an agent. */
export interface AgentResult {
  /** The answer's text. */
  readonly raw: string;
  /** The answer as JSON. `undefined` without a schema. */
  readonly json: JsonValue | undefined;
  /** The output of the schema. `undefined` without a schema. */
  readonly parsed: unknown;
  /** The whole conversation. */
  readonly messages: readonly Message[];
  /** The reason why the model stopped in the turn that gave the answer. */
  readonly finishReason: FinishReason;
  /** Tokens of all model turns of the run. */
  readonly usage: TokenUsage;
}

/** Runs an agent once. Keeps no state in the agent. */
export function runAgent(agent: AgentSettings, work: AgentWork, scope: RunScope): Promise<AgentResult> {
  const { task, context, schema, persona = agent } = work;
  const callbacks = joinCallbacks(agent.callbacks, scope.callbacks);
  const request = schema && objectRequest(agent.llm, schema);
  const prompt = agentPrompt(agent, persona, taskText(task, context, request?.instruction), task.attachments);
  const stop = [...agent.stop, ...prompt.stop];
  return inSpan('agent', persona.role, { ...scope, callbacks }, runId =>
    withLimits(agent, persona, { ...scope, callbacks }, runId, limits =>
      runLoop(agent.llm, schema, {
        ...limits,
        messages: prompt.messages,
        stop: stop.length > 0 ? stop : undefined,
        tools: agent.cache ? work.tools.map(withCache) : work.tools,
        responseFormat: request?.responseFormat,
      }),
    ),
  );
}

/** Runs `ask` within the agent's limits (time, rate, retries), and reports the tokens used, even if it fails. */
export async function withLimits<Result extends { readonly usage: TokenUsage }>(
  agent: AgentSettings,
  persona: Persona,
  scope: RunScope,
  runId: string,
  ask: (limits: Omit<ToolLoopOptions, 'messages'>) => Promise<Result>,
): Promise<Result> {
  const { authContext, callbacks, clock, steps, stepPrefix, stream } = scope;
  const deadline = executionDeadline(agent, persona, scope);
  const { signal } = deadline;
  try {
    throwIfAborted(signal, `The run of agent "${persona.role}"`);
    const result = await ask({
      ...mergeModelSettings(agent),
      authContext,
      callbacks,
      clock,
      maxToolRounds: agent.maxIterations,
      rateLimiter: agent.rateLimiter ?? scope.rateLimiter,
      respectContextWindow: agent.respectContextWindow,
      retryTurn: turnRetries(agent.maxRetryLimit, runId, scope, signal),
      runId,
      signal,
      stepPrefix,
      steps,
      stream,
    });
    scope.onUsage?.(agent, result.usage);
    return result;
  } catch (error) {
    if (CrewError.isInstance(error) && error.usage) scope.onUsage?.(agent, error.usage);
    throw error;
  } finally {
    deadline.dispose();
  }
}

/** Runs the tool loop. With a schema, the loop continues after an answer that does not fit, with feedback for the model. */
export function runLoop(llm: BaseLLM, schema: ReadSchema | undefined, options: ToolLoopOptions): Promise<AgentResult> {
  return withToolLoop(llm, options, async loop => {
    if (schema === undefined) {
      const { text, messages, usage, generation } = await loop.run();
      const { finishReason } = generation;
      return { raw: text, messages, usage, finishReason, json: undefined, parsed: undefined };
    }
    let attempts = 0;
    const ask = async (feedback: string | undefined, heldValue: boolean): Promise<ToolLoopResult & ObjectReply> => {
      attempts += 1;
      // After prose alone, the model may still need a tool. After a value that does not fit, it needs the format.
      const onlyFormat = heldValue || attempts > 2;
      const result =
        feedback === undefined
          ? await loop.run()
          : await loop.continueWith(feedback, `object/${attempts}/`, onlyFormat);
      return { ...result, finishReason: result.generation.finishReason };
    };
    try {
      const { value, json, reply } = await askForObject(schema, ask);
      const { text, messages, usage, generation } = reply;
      return { raw: text, messages, usage, finishReason: generation.finishReason, json, parsed: value };
    } catch (error) {
      // An error of the loop itself has its conversation and usage already.
      if (!CrewError.isInstance(error) || error.usage !== undefined) throw error;
      throw loop.attachRun(StructuredOutputError.isInstance(error) ? error : toRunError(error));
    }
  });
}

function executionDeadline(agent: AgentSettings, { role }: Persona, { clock, signal }: RunScope): Deadline {
  const { maxExecutionTime } = agent;
  const milliseconds = maxExecutionTime === undefined ? undefined : maxExecutionTime * 1_000;
  return new Deadline({
    subject: `The run of agent "${role}"`,
    clock,
    parent: signal,
    milliseconds,
    onExpiry: () =>
      new TimeoutError(`Agent "${role}" took longer than its maxExecutionTime of ${maxExecutionTime} s.`, {
        deadline: 'execution',
        milliseconds,
      }),
  });
}

/** Returns the tool with a cache for the run, unless the tool sets `cache` itself. */
function withCache(tool: Tool): Tool {
  if (tool.cache !== undefined || isComposite(tool)) return tool;
  const { name, description, parameters, strict, resultAsAnswer, maxUses, timeout, sequential, repeatable } = tool;
  return {
    ...{ name, description, parameters, strict, resultAsAnswer, maxUses, timeout, sequential, repeatable },
    cache: true,
    run: (argumentsText, context) => tool.run(argumentsText, context),
  };
}
