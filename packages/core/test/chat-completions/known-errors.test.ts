// Wordings of servers, decoded from their bodies as they send them.
import {
  decodeError,
  isAboutResponseFormat,
  isContextOverflow,
  isModelSlip,
  isQuotaExhausted,
  isStopUnsupported,
  isToolsMissing,
  isToolsUnsupported,
  isUnexplained,
  toResponseError,
} from '@crew/core/chat-completions';
import { expect, test } from 'vitest';

const body = (message: string, fields: object = {}): object => ({ error: { message, ...fields } });

test.each([
  [400, body("This model's maximum context length is 4097 tokens. However, you requested 4301 tokens.")],
  [400, body('The decoder prompt (length 70000) is longer than the maximum model length of 65536. Make sure it fits.')],
  [400, body('Invalid request: Your request exceeded model token limit: 131072', { type: 'invalid_request_error' })],
  [
    400,
    {
      error: 'Trying to keep the first 9000 tokens when context the overflows. However, the model is loaded with 4096.',
    },
  ],
  [400, body('prompt token count of 71000 exceeds the limit of 64000', { code: 'model_max_prompt_tokens_exceeded' })],
  [413, body('Request body too large for small model. Max size: 8000 tokens.', { code: 'tokens_limit_reached' })],
  [413, '<html><head><title>413 Request Entity Too Large</title></head></html>'],
  [400, body('the number of input tokens 9000 cannot exceed the total tokens limit 8192 for this model')],
  [400, body('Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length')],
  [400, body("The input (70000 tokens) is longer than the model's context length (65536 tokens).")],
  [400, body('Range of input length should be [1, 30720]')],
  [400, body('invalid params, context window exceeds limit (2013)')],
  [422, body('Input validation error: `inputs` must have less than 4096 tokens. Given: 5000')],
  [400, body('too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000')],
])('recognises a conversation that is too long: %i %j [W11]', (status, raw) => {
  expect(isContextOverflow(decodeError(raw, status))).toBe(true);
});

test.each([
  [400, body("Invalid 'messages[3].tool_calls[0].id': string too long.", { code: 'string_above_max_length' })],
  [400, body('max_tokens is too large: 100000. This model supports at most 4096 completion tokens.')],
  [400, body("`max_tokens` (100000) exceeds the model's maximum of 8192 output tokens")],
  [400, body('messages.0.content.1.image.source: image exceeds 5 MB maximum')],
  [500, body('The rate of input tokens exceeds what is allowed per minute')],
  [429, body('Rate limit reached on tokens per min (TPM): Limit 10000, Used 9000, Requested 2000. Try again in 6s.')],
])('takes no other limit for a conversation that is too long: %i %j [W11]', (status, raw) => {
  expect(isContextOverflow(decodeError(raw, status))).toBe(false);
});

test.each([
  [429, 'Request too large for large on tokens per min (TPM): Limit 6000, Requested 7500. The input must be reduced.'],
  [413, 'Request too large for model `small` on tokens per minute (TPM): Limit 6000, Requested 6001, please reduce it'],
  [429, 'Rate limit reached on tokens per min (TPM): Limit 10,000, Requested 12,000.'],
])('reads a request that is larger than the limit of a minute as one that is too long: %i %s [W29]', (status, text) => {
  const error = toResponseError(decodeError(body(text, { code: 'rate_limit_exceeded', type: 'tokens' }), status));
  expect(error.name).toBe('ContextWindowExceededError');
});

test.each([
  [400, body("litellm.UnsupportedParamsError: small does not support parameters: ['tools'], for model=small")],
  [400, body('Unsupported parameter', { param: 'tools', code: 'unsupported_parameter' })],
  [422, { detail: [{ type: 'extra_forbidden', loc: ['body', 'tools'], msg: 'Extra inputs are not permitted' }] }],
  [400, body('tools: Extra inputs are not permitted')],
])('recognises a model without tools: %i %j [W11]', (status, raw) => {
  expect(isToolsUnsupported(decodeError(raw, status))).toBe(true);
});

test.each([
  [400, body('Argument not supported on this model: stop')],
  [400, body("small does not support parameters: ['stop'], for model=small")],
  [422, { detail: [{ type: 'extra_forbidden', loc: ['body', 'stop'], msg: 'Extra inputs are not permitted' }] }],
  [422, { object: 'error', message: { detail: [{ loc: ['body', 'stop'], msg: 'Extra inputs are not permitted' }] } }],
  [400, body("[{'type': 'extra_forbidden', 'loc': ('body', 'stop'), 'msg': 'Extra inputs are not permitted'}]")],
  [400, body('Unknown parameter.', { param: 'stop' })],
  [400, body('Provider returned error', { metadata: { raw: '{"error":{"message":"stop is not supported"}}' } })],
])('recognises a model without stop words: %i %j [W11]', (status, raw) => {
  const error = decodeError(raw, status);
  expect(isStopUnsupported(error)).toBe(true);
  expect(isToolsUnsupported(error)).toBe(false);
});

test.each([
  [400, body('failed to parse grammar')],
  [400, body('The specified schema produces a constraint that has too many states for serving.')],
  [400, body('Extra inputs are not permitted', { param: 'response_format' })],
  [422, { detail: [{ loc: ['body', 'response_format', 'type'], msg: 'Input should be "text"' }] }],
])('recognises a rejected response format: %i %j [W11]', (status, raw) => {
  expect(isAboutResponseFormat(decodeError(raw, status))).toBe(true);
});

test.each([
  [400, body('litellm: Anthropic expects the `tools=` param to be passed in. tool calling without `tools=` param')],
  [400, { message: 'The toolConfig field must be defined when using toolUse and toolResult content blocks.' }],
  [400, body('Requests which have `tool_use` or `tool_result` blocks in messages must define tools.')],
])('recognises a history that needs definitions of its tools: %i %j [W12]', (status, raw) => {
  expect(isToolsMissing(decodeError(raw, status))).toBe(true);
});

test('leaves an error unexplained only if it names neither a reason nor a field [W11]', () => {
  expect(isUnexplained(decodeError(body('Bad Request'), 400))).toBe(true);
  expect(isUnexplained(decodeError('', 422))).toBe(true);
  expect(isUnexplained(decodeError(body('Bad Request'), 404))).toBe(false);
  expect(isUnexplained(decodeError(body('No such model', { param: 'model' }), 400))).toBe(false);
  expect(isUnexplained(decodeError(body('`temperature` must be at most 2'), 400))).toBe(false);
  expect(isUnexplained(decodeError(body('too many tokens'), 400))).toBe(false);
});

test("keeps the model's text with the error that reports its slip [W13]", () => {
  const slip = decodeError(
    body('Failed to call a function.', { code: 'tool_use_failed', failed_generation: '<x' }),
    400,
  );
  expect(isModelSlip(slip)).toBe(true);
  expect(toResponseError(slip).partialText).toBe('<x');
});

test.each([
  [
    '{"error":{"message":"slow","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}]}}',
    34,
  ],
  ['{"error":{"message":"Rate limit reached. Please try again in 20s. Visit the page."}}', 20],
  ['{"error":{"message":"Rate limit reached, retry after 1m2s"}}', 62],
  ['{"error":{"message":"Please try again in 480ms."}}', 0.48],
  ['{"error":{"message":"Please retry in 34.4s."}}', 34.4],
  ['{"error":{"message":"Please retry after 1 minute and 2 seconds."}}', 62],
  ['{"error":{"message":"Try again in 2 minutes"}}', 120],
  ['{"error":{"message":"Please wait 7 seconds before trying again"}}', 7],
  ['{"error":{"message":"Retry-After: 20"}}', 20],
  ['{"error":{"message":"slow","retry_after":3}}', 3],
  ['{"message":"slow","retry_after_ms":1500}', 1.5],
  ['{"error":{"message":"Try again in 2 of our regions"}}', undefined],
  ['{"error":{"message":"Limit 3 / min. Retry later."}}', undefined],
])('reads the wait that a body states: %s [W27]', (text, seconds) => {
  const error = toResponseError(decodeError(JSON.parse(text), 429));
  expect(Reflect.get(error, 'retryAfter')).toBe(seconds);
});

test('prefers the wait of a header, and takes a stated wait as proof that a quota is not exhausted [W27]', () => {
  const error = decodeError(body('You exceeded your current quota.', { details: [{ retryDelay: '34s' }] }), 429);
  expect(isQuotaExhausted(error)).toBe(false);
  expect(toResponseError(error, { retryAfter: 5 })).toMatchObject({ retryAfter: 5 });
});
