export type { Accept } from './accept.ts';
export { type Endpoint, startEndpoint } from './endpoint.ts';
export type { CredentialCheck, EndpointOptions, Refusal } from './endpoint-options.ts';
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
export { answersBeforeBody } from './fault/answers-before-body.ts';
export { chunked, dripped } from './fault/chunked.ts';
export { resetAfter, streamResetAfter, truncated } from './fault/cut.ts';
export { delayed } from './fault/delayed.ts';
export { rawHead, splitHead, withInterim } from './fault/head.ts';
export { headerBomb, withContentType, withHeaders } from './fault/headers.ts';
export { closesIdleAfter, closesOnReuse, connectionClose, goesAway } from './fault/keep-alive.ts';
export { neverAnswers } from './fault/never-answers.ts';
export { refusedPort } from './fault/refused-port.ts';
export { reshaped } from './fault/reshaped.ts';
export { bomb, compressed, huge } from './fault/size.ts';
export { crlf, errorMidStream, noDone, withComments } from './fault/stream.ts';
export {
  createLeakHarness,
  type ForbiddenOrigin,
  type Leak,
  type LeakHarness,
  type Outcome,
} from './leak-harness/leak-harness.ts';
export type { SecretForm } from './leak-harness/secret.ts';
export { type ManualClock, type ManualClockOptions, manualClock } from './manual-clock.ts';
export { prototypeReads } from './prototype-reads.ts';
export { type Proxy, type ProxyOptions, type ProxyRequest, startProxy } from './proxy/proxy.ts';
export type { RecordedPeer, RecordedRequest, RecordedTls } from './recorded-request.ts';
export type { Completion, CompletionToolCall, CompletionUsage } from './reply/completion.ts';
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
} from './reply/error-body.ts';
export type { SseFrame, StreamEdits } from './reply/frames.ts';
export { json } from './reply/json.ts';
export { redirect } from './reply/redirect.ts';
export type {
  Body,
  BodyPiece,
  CompletionPayload,
  ContentEncoding,
  PayloadEdit,
  Reply,
  ReplyHeaders,
} from './reply/reply.ts';
export { type SseOptions, sse } from './reply/sse.ts';
export { type StatusOptions, status } from './reply/status.ts';
export { type TextOptions, text } from './reply/text.ts';
export { type ToolCallsOptions, toolCalls } from './reply/tool-calls.ts';
export type { RequestEnd } from './request-log.ts';
export { standIn } from './stand-in/stand-in.ts';
export { systemProgram } from './system-program.ts';
export {
  type AuthorityOptions,
  type CertificateAuthority,
  type CertificateRequest,
  createAuthority,
  type IssuedCertificate,
} from './tls/authority.ts';
export type { EndpointTls } from './tls/endpoint-tls.ts';
export type { KeyType } from './tls/key-type.ts';
export { type ResourceTracker, type TrackOptions, trackResources } from './track-resources.ts';
export type { Cut, Delay, Delays, Delivery } from './wire/delivery.ts';
