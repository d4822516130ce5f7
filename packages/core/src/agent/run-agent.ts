import { CrewError } from '../errors/crew-error.ts';
import { TimeoutError } from '../errors/run-errors.ts';
import { Deadline, throwIfAborted } from '../execution/deadline.ts';
import type { JsonValue } from '../json.ts';
import type { TokenUsage } from '../llm/turn.ts';
import { isComposite } from '../loop/steps.ts';
import type { ToolLoopOptions } from '../loop/tool-loop-options.ts';
import type { Message } from '../messages/message.ts';
import { objectRequest } from '../structured-output/object-request.ts';
import type { ReadSchema } from '../tools/schema.ts';
import type { Tool } from '../tools/tool.ts';
import type { Agent } from './agent.ts';
import { askLoop } from './ask-loop.ts';
import { agentPrompt, type Persona, type TaskPrompt, taskText } from './prompt.ts';
import { inSpan, joinCallbacks, type RunScope } from './run-scope.ts';
import { turnRetries } from './turn-retries.ts';

/** What an agent is given for one run. */
export interface AgentWork {
  readonly task: TaskPrompt;
  readonly context?: string | undefined;
  readonly tools: readonly Tool[];
  /** What the answer must fit. */
  readonly schema?: ReadSchema | undefined;
  /** The agent's role, goal and backstory with the run's inputs filled in. Default: as they are. */
  readonly persona?: Persona | undefined;
}

/** What a run of an agent gives. */
export interface AgentResult {
  /** The answer's text. */
  readonly raw: string;
  /** The answer as JSON, and as its schema gives it. `undefined` without a schema. */
  readonly json: JsonValue | undefined;
  readonly parsed: unknown;
  /** The whole conversation. */
  readonly messages: readonly Message[];
  /** Tokens of all model turns of the run. */
  readonly usage: TokenUsage;
}

/** One run of an agent. Nothing of it stays behind in the agent. */
export function runAgent(agent: Agent, work: AgentWork, scope: RunScope): Promise<AgentResult> {
  const { task, context, schema, persona = agent } = work;
  const callbacks = joinCallbacks(agent.callbacks, scope.callbacks);
  const request = schema && objectRequest(agent.llm, schema);
  const prompt = agentPrompt(agent, persona, taskText(task, context, request?.instruction));
  return inSpan('agent', persona.role, { ...scope, callbacks }, runId =>
    withLimits(agent, persona, { ...scope, callbacks }, runId, limits =>
      askLoop(agent.llm, schema, {
        ...limits,
        messages: prompt.messages,
        stop: prompt.stop.length > 0 ? prompt.stop : undefined,
        tools: agent.cache ? work.tools.map(remembering) : work.tools,
        responseFormat: request?.responseFormat,
      }),
    ),
  );
}

/** What every question to an agent's model is bound by: time, rate, retries; and counts its tokens, also of a failure. */
export async function withLimits<Result extends { readonly usage: TokenUsage }>(
  agent: Agent,
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
    scope.count?.(agent, result.usage);
    return result;
  } catch (thrown) {
    if (CrewError.isInstance(thrown) && thrown.usage) scope.count?.(agent, thrown.usage);
    throw thrown;
  } finally {
    deadline.dispose();
  }
}

function executionDeadline(agent: Agent, { role }: Persona, { clock, signal }: RunScope): Deadline {
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

/** The tool with its results remembered for the run, unless it says otherwise itself. */
function remembering(tool: Tool): Tool {
  if (tool.cache !== undefined || isComposite(tool)) return tool;
  const { name, description, parameters, resultAsAnswer, maxUses, timeout, sequential, repeatable } = tool;
  return {
    ...{ name, description, parameters, resultAsAnswer, maxUses, timeout, sequential, repeatable },
    cache: true,
    run: (argumentsText, context) => tool.run(argumentsText, context),
  };
}
