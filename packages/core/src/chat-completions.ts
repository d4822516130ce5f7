export { decodeError, type ServerError } from './chat-completions/decode-error.ts';
export { type DecodeEventsOptions, decodeEvents } from './chat-completions/decode-events.ts';
export { decodeTurn } from './chat-completions/decode-turn.ts';
export {
  type EncodeMessagesSettings,
  encodeMessages,
  type KeepsCallId,
  type WireContentPart,
  type WireMessage,
  type WireToolCall,
} from './chat-completions/encode-messages.ts';
export {
  type EncodableTurn,
  type EncodeRequestSettings,
  encodeRequest,
  encodeTools,
  type MaxTokensField,
  type WireTool,
} from './chat-completions/encode-request.ts';
export {
  isAboutResponseFormat,
  isContextOverflow,
  isModelSlip,
  isQuotaExhausted,
  isSignatureMissing,
  isStopUnsupported,
  isToolsMissing,
  isToolsUnsupported,
  isUnexplained,
} from './chat-completions/known-errors.ts';
export { parseRetryAfter } from './chat-completions/retry-after.ts';
export type { StreamDecoderOptions } from './chat-completions/stream-decoder.ts';
export { type ResponseErrorContext, toResponseError } from './chat-completions/to-response-error.ts';
