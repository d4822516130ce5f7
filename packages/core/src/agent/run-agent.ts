import type { Message } from '../message.ts';
import { runToolLoop } from '../run-tool-loop.ts';
import type { Tool } from '../tool.ts';
import type { TokenUsage } from '../turn.ts';
import type { Agent } from './agent.ts';
import { agentMessages, type TaskPrompt } from './prompt.ts';
import { inSpan, type RunScope } from './run-scope.ts';

/** What an agent is given for one run. */
export interface AgentWork {
  readonly task: TaskPrompt;
  readonly context: string | undefined;
  readonly tools: readonly Tool[];
}

/** What a run of an agent gives. */
export interface AgentResult {
  /** The answer's text. */
  readonly raw: string;
  /** The whole conversation. */
  readonly messages: readonly Message[];
  /** Tokens of all model turns of the run. */
  readonly usage: TokenUsage;
}

/** One run of an agent. Nothing of it stays behind in the agent. */
export function runAgent(agent: Agent, work: AgentWork, scope: RunScope): Promise<AgentResult> {
  const callbacks = [...agent.callbacks, ...(scope.callbacks ?? [])];
  return inSpan('agent', agent.role, { ...scope, callbacks }, async runId => {
    const { text, messages, usage } = await runToolLoop(agent.llm, {
      messages: agentMessages(agent, work.task, work.context),
      tools: work.tools,
      maxToolRounds: agent.maxIterations,
      stream: scope.stream,
      signal: scope.signal,
      callbacks,
      authContext: scope.authContext,
      steps: scope.steps,
      stepPrefix: scope.stepPrefix,
      clock: scope.clock,
      runId,
    });
    return { raw: text, messages, usage };
  });
}
