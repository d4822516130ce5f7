export { Agent, type ExecutableTask } from './agent/agent.ts';
export type { AgentOptions, ExecuteTaskOptions, RunOptions } from './agent/agent-options.ts';
export type { TaskPrompt } from './agent/prompt.ts';
export { Crew } from './crew/crew.ts';
export type { CrewOptions, KickoffOptions } from './crew/crew-options.ts';
export { type AgentUsage, CrewOutput } from './crew/crew-output.ts';
export type { KickoffForEachOptions, KickoffResult } from './crew/kickoff-for-each.ts';
export { AbortError } from './errors/abort-error.ts';
export { AuthenticationError } from './errors/authentication-error.ts';
export { ConfigurationError } from './errors/configuration-error.ts';
export { ConnectionError, type ConnectionErrorOptions } from './errors/connection-error.ts';
export { ContextWindowExceededError } from './errors/context-window-exceeded-error.ts';
export { copyOptions } from './errors/copy-options.ts';
export { CredentialError, type CredentialErrorOptions } from './errors/credential-error.ts';
export { CrewError, type CrewErrorJson, type CrewErrorOptions } from './errors/crew-error.ts';
export { EmptyReplyError, type EmptyReplyErrorOptions } from './errors/empty-reply-error.ts';
export { GuardrailError, type GuardrailErrorOptions } from './errors/guardrail-error.ts';
export { ProtocolError, type ProtocolErrorOptions } from './errors/protocol-error.ts';
export { RateLimitError, type RateLimitErrorOptions } from './errors/rate-limit-error.ts';
export { ResponseError, type ResponseErrorOptions } from './errors/response-error.ts';
export { StructuredOutputError, type StructuredOutputErrorOptions } from './errors/structured-output-error.ts';
export { TimeoutError, type TimeoutErrorOptions } from './errors/timeout-error.ts';
export { toCrewError } from './errors/to-crew-error.ts';
export { ToolInputError } from './errors/tool-input-error.ts';
export { ToolLoopError } from './errors/tool-loop-error.ts';
export type * from './events/event.ts';
export { emit } from './events/event.ts';
export type { Clock } from './execution/clock.ts';
export { systemClock } from './execution/clock.ts';
export { abortReason } from './execution/deadline.ts';
export { RateLimiter, type RateLimiterOptions } from './execution/rate-limiter.ts';
export type { StepRunner } from './execution/step-runner.ts';
export type { JsonObject, JsonValue } from './json.ts';
export { BaseLLM, type BaseLLMOptions, notifyListeners } from './llm/base-llm.ts';
export type { AssistantTurn, FinishReason, Generation, StreamPart, TokenUsage } from './llm/turn.ts';
export type { CallOptions, ToolFunction, TurnOptions, TurnRequest } from './llm/turn-options.ts';
export { runToolLoop, type ToolLoopOptions, type ToolLoopResult, type ToolProtocol } from './loop/run-tool-loop.ts';
export type { ContentPart, Message, Prompt, ToolCall } from './messages/message.ts';
export { excerpt, printable } from './messages/printable.ts';
export type { TurnCache } from './middleware/cached.ts';
export { type ErrorKind, type FallbackOptions, fallback } from './middleware/fallback.ts';
export type { ObservedTurn } from './middleware/observed.ts';
export { type WrapOptions, wrapLLM } from './middleware/wrap-llm.ts';
export type { GeneratedObject, GenerateObjectOptions } from './structured-output/generate-object.ts';
export type { Guardrail, GuardrailFunction, GuardrailVerdict } from './task/guardrail.ts';
export type { Inputs } from './task/inputs.ts';
export type { FileWriter } from './task/output-file.ts';
export type { TaskCondition } from './task/run-task.ts';
export {
  type AnyTask,
  type OutputSchema,
  type ParsedOutput,
  Task,
  type TaskExecuteOptions,
  type TaskOptions,
} from './task/task.ts';
export type { TaskCallContext, TaskFunction } from './task/task-function.ts';
export { TaskOutput, type TaskOutputFields } from './task/task-output.ts';
export { type JsonToolOptions, type SchemaToolOptions, tool } from './tools/make-tool.ts';
export type * from './tools/tool.ts';
