export { Agent, type ExecutableTask } from './agent/agent.ts';
export type { AgentOptions, ExecuteTaskOptions, RunOptions } from './agent/agent-options.ts';
export type { TaskPrompt } from './agent/prompt.ts';
export { Crew } from './crew/crew.ts';
export type { CrewOptions, KickoffOptions } from './crew/crew-options.ts';
export { type AgentUsage, CrewOutput } from './crew/crew-output.ts';
export type { KickoffForEachOptions, KickoffResult } from './crew/kickoff-for-each.ts';
export { copyOptions } from './errors/check-options.ts';
export { ConfigurationError } from './errors/configuration-error.ts';
export {
  ConnectionError,
  type ConnectionErrorOptions,
  CredentialError,
  type CredentialErrorOptions,
} from './errors/connection-errors.ts';
export { CrewError, type CrewErrorJson, type CrewErrorOptions, markRetried } from './errors/crew-error.ts';
export {
  AuthenticationError,
  ContextWindowExceededError,
  ProtocolError,
  type ProtocolErrorOptions,
  RateLimitError,
  type RateLimitErrorOptions,
  ResponseError,
  type ResponseErrorOptions,
} from './errors/response-errors.ts';
export {
  AbortError,
  EmptyReplyError,
  type EmptyReplyErrorOptions,
  GuardrailError,
  type GuardrailErrorOptions,
  StructuredOutputError,
  type StructuredOutputErrorOptions,
  TimeoutError,
  type TimeoutErrorOptions,
  ToolInputError,
  ToolLoopError,
} from './errors/run-errors.ts';
export { toCrewError } from './errors/to-crew-error.ts';
export type * from './events/event.ts';
export { emit } from './events/event.ts';
export { type Clock, systemClock } from './execution/clock.ts';
export { abortReason } from './execution/deadline.ts';
export { RateLimiter, type RateLimiterOptions } from './execution/rate-limiter.ts';
export type { StepRunner } from './execution/step-runner.ts';
export type { JsonObject, JsonValue } from './json.ts';
export { BaseLLM, type BaseLLMOptions, notifyListeners } from './llm/base-llm.ts';
export type { ModelSettings } from './llm/model-settings.ts';
export type { AssistantTurn, FinishReason, Generation, StreamPart, TokenUsage } from './llm/turn.ts';
export type { CallOptions, ToolFunction, TurnOptions, TurnRequest } from './llm/turn-options.ts';
export { runToolLoop } from './loop/run-tool-loop.ts';
export type { ToolLoopOptions, ToolLoopResult, ToolProtocolName } from './loop/tool-loop-options.ts';
export type { ContentPart, Message, Prompt, ProviderData, ToolCall } from './messages/message.ts';
export { excerpt, printable } from './messages/printable.ts';
export { type ErrorKind, type FallbackOptions, fallback } from './middleware/fallback.ts';
export type { ObservedTurn } from './middleware/observed-turn.ts';
export type { TurnCache } from './middleware/turn-cache.ts';
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
