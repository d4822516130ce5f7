export type { ConnectionPolicy } from './endpoint/connections.ts';
export { type Endpoint, startEndpoint } from './endpoint/endpoint.ts';
export type { CredentialCheck, EndpointOptions, Refusal } from './endpoint/endpoint-options.ts';
export type { RecordedPeer, RecordedRequest, RecordedTls } from './endpoint/recorded-request.ts';
export type { RequestEnd } from './endpoint/request-log.ts';
export {
  type FailingScenario,
  failingScenarios,
  type ScenarioTimeouts,
} from './failing-scenarios/failing-scenarios.ts';
export {
  runFailingScenarios,
  type ScenarioCall,
  type ScenarioClient,
  type ScenarioSetting,
} from './failing-scenarios/run-failing-scenarios.ts';
export type { ScenarioClock } from './failing-scenarios/scenario-clock.ts';
export {
  answersBeforeBody,
  closesIdleAfter,
  closesOnReuse,
  connectionClose,
  refusedPort,
  resetAfter,
  sendsGoAway,
  streamResetAfter,
  truncated,
} from './fault/connection.ts';
export { crlf, errorMidStream, noDone, reshaped, withComments, withContentType, withHeaders } from './fault/content.ts';
export { chunked, delayed, neverAnswers, rawHead, splitHead, throttled, withInterim } from './fault/delivery.ts';
export { bomb, compressed, headerBomb, huge } from './fault/size.ts';
export {
  createLeakHarness,
  type ForbiddenOrigin,
  type Leak,
  type LeakHarness,
  type WatchOutcome,
} from './leak-harness/leak-harness.ts';
export type { SecretForm } from './leak-harness/secret-search.ts';
export { type ManualClock, type ManualClockOptions, manualClock } from './manual-clock.ts';
export { detectPrototypePollution } from './prototype-pollution.ts';
export { type Proxy, type ProxyOptions, type ProxyRequest, startProxy } from './proxy/proxy.ts';
export {
  json,
  redirect,
  type SseOptions,
  type StatusOptions,
  sse,
  status,
  type TextOptions,
  type ToolCallsOptions,
  text,
  toolCalls,
} from './reply/builders.ts';
export {
  contextOverflow,
  type ErrorBodyOptions,
  type ErrorForm,
  errorBody,
  errorEvent,
  html,
  quotaExhausted,
  type RateLimitedOptions,
  rateLimited,
} from './reply/errors.ts';
export type {
  Body,
  BodyPiece,
  Completion,
  CompletionPayload,
  CompletionToolCall,
  CompletionUsage,
  ContentEncoding,
  Cut,
  Delay,
  Delays,
  Delivery,
  PayloadEdit,
  Reply,
  ReplyHeaders,
  SseFrame,
  StreamEdits,
} from './reply/reply.ts';
export { simulatedModel } from './simulated-model.ts';
export type { StrictRule } from './strict-server/rules.ts';
export {
  type StrictServer,
  type StrictServerOptions,
  type StrictTurn,
  strictServer,
  type Violation,
} from './strict-server/strict-server.ts';
export type { StrictServerKind } from './strict-server/vendors.ts';
export { findSystemProgram } from './system-program.ts';
export {
  type AuthorityOptions,
  type CertificateAuthority,
  createAuthority,
  type IssuedCertificate,
} from './tls/authority.ts';
export type { CertificateRequest, KeyType } from './tls/certificate.ts';
export type { EndpointTls } from './tls/endpoint-tls.ts';
export { type ResourceTracker, type TrackOptions, trackResources } from './track-resources.ts';
