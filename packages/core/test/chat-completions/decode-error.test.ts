import {
  decodeError,
  isContextOverflow,
  isQuotaExhausted,
  isStopUnsupported,
  isToolsUnsupported,
  toResponseError,
} from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';

const none = { code: undefined, type: undefined };

describe('decodeError', () => {
  it.each([
    [
      'the textbook shape',
      { error: { message: 'bad', type: 'invalid_request_error', param: null, code: 'x' } },
      400,
      { message: 'bad', type: 'invalid_request_error', code: 'x', status: 400 },
    ],
    [
      'a numeric code equal to the status',
      { error: { code: 400, message: 'bad' } },
      400,
      { ...none, message: 'bad', status: 400 },
    ],
    [
      'a numeric code under status 200',
      { error: { code: 503, message: 'Loading model' } },
      200,
      { ...none, message: 'Loading model', status: 503 },
    ],
    [
      'a code in digits under status 200',
      { error: { code: '429', message: 'slow' } },
      200,
      { ...none, code: '429', message: 'slow', status: 429 },
    ],
    [
      'no error object',
      { message: 'bad', type: 't', code: 'c' },
      400,
      { message: 'bad', type: 't', code: 'c', status: 400 },
    ],
    ['an error text', { error: 'bad' }, 404, { ...none, message: 'bad', status: 404 }],
    [
      'an OAuth error',
      { error: 'invalid_token', error_description: 'expired' },
      401,
      { ...none, message: 'expired', code: 'invalid_token', status: 401 },
    ],
    ['a detail text', { detail: 'Not Found' }, 404, { ...none, message: 'Not Found', status: 404 }],
    [
      'a list of details',
      { detail: [{ loc: ['body'], msg: 'field required' }] },
      422,
      { ...none, message: 'field required', status: 422 },
    ],
    [
      'a list of errors',
      { errors: [{ message: 'bad', code: 'c' }] },
      400,
      { ...none, message: 'bad', code: 'c', status: 400 },
    ],
    [
      'a list around it',
      [{ error: { code: 400, message: 'bad', status: 'INVALID_ARGUMENT' } }],
      400,
      { ...none, message: 'bad', code: 'INVALID_ARGUMENT', status: 400 },
    ],
    ['plain text', ' upstream gone\n', 502, { ...none, message: 'upstream gone', status: 502 }],
    [
      'HTML',
      '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>',
      502,
      { ...none, message: '502 Bad Gateway', status: 502 },
    ],
    ['HTML without a title', '<html><body>x</body></html>', 502, { ...none, message: 'an HTML page', status: 502 }],
    ['an empty object', {}, 500, { ...none, message: '', status: 500 }],
    ['nothing', undefined, 500, { ...none, message: '', status: 500 }],
    ['an error that is null', { error: null }, 500, { ...none, message: '', status: 500 }],
    [
      'members of other types',
      { error: { message: 3, type: [], code: {} } },
      500,
      { ...none, message: '', status: 500 },
    ],
  ])('decodes %s', (_what, body, status, read) => {
    expect(decodeError(body, status)).toEqual(read);
  });
});

describe('isContextOverflow', () => {
  it.each([
    ["This model's maximum context length is 4097 tokens. However, your messages resulted in 4301 tokens."],
    ['maximun context length is 8192'],
    ['input is too long for requested model'],
    ['prompt is too long: 202095 tokens > 200000 maximum'],
    ['input length and `max_tokens` exceed context limit: 199759 + 8192 > 200000'],
    ['the request exceeds the available context size, try increasing it'],
    ['The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'],
    ['length of prompt_tokens (163280) must be less than max_seq_len (32768).'],
    ['too many tokens'],
    ['Please reduce the length of the messages or completion.'],
    ['context_length_exceeded'],
    ["The model's context window was exceeded"],
  ])('recognises a context overflow: %s', message => {
    expect(isContextOverflow({ ...none, message, status: 400 })).toBe(true);
  });

  it('recognises a context overflow by its code or type', () => {
    expect(isContextOverflow({ ...none, message: '', code: 'context_length_exceeded', status: 400 })).toBe(true);
    expect(isContextOverflow({ ...none, message: '', type: 'exceed_context_size_error', status: 400 })).toBe(true);
  });

  it.each([
    [{ ...none, message: 'Request too large: too many tokens per min', status: 429 }],
    [{ ...none, message: 'Rate limit reached: maximum context length is never the matter', status: 429 }],
    [{ ...none, message: 'temperature exceeds its maximum', status: 400 }],
    [{ ...none, message: 'invalid field context', status: 400 }],
    [{ ...none, message: 'rpc error: code = DeadlineExceeded desc = context deadline exceeded', status: 500 }],
    [{ ...none, message: 'context canceled', status: 500 }],
    [{ ...none, message: 'upstream exceeds the time for its context window', status: 504 }],
  ])('recognises no context overflow in %j', error => {
    expect(isContextOverflow(error)).toBe(false);
  });
});

describe('isQuotaExhausted', () => {
  it.each([
    [{ ...none, code: 'insufficient_quota', message: '', status: 429 }],
    [{ ...none, message: 'You exceeded your current quota, please check your plan and billing details.', status: 429 }],
    [{ ...none, message: 'Your credit balance is too low to access the API.', status: 400 }],
    [{ ...none, message: 'Insufficient Balance', status: 402 }],
  ])('recognises an exhausted quota: %j', error => {
    expect(isQuotaExhausted(error)).toBe(true);
  });

  it.each([
    [{ ...none, message: 'Rate limit reached for requests', status: 429 }],
    [
      {
        ...none,
        message: 'You exceeded your current quota, please check your plan. Please retry in 34.4s.',
        status: 429,
      },
    ],
  ])('recognises no exhausted quota in %j', error => {
    expect(isQuotaExhausted(error)).toBe(false);
  });
});

describe('isToolsUnsupported', () => {
  it.each([
    [400, 'registry.example/library/codellama:latest does not support tools'],
    [500, 'tools param requires --jinja flag'],
    [500, 'Unsupported param: tools'],
    [404, 'No endpoints found that support tool use.'],
    [400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'],
    [400, '`tool calling` is not supported with this model'],
    [400, "This model doesn't support function calling."],
  ])('recognises a model without tools: %i: %s', (status, message) => {
    expect(isToolsUnsupported({ ...none, message, status })).toBe(true);
  });

  it.each([
    [400, 'Invalid schema for function search'],
    [401, 'this key does not support tools'],
    [400, 'Unsupported parameter: temperature'],
  ])('recognises no model without tools: %i: %s', (status, message) => {
    expect(isToolsUnsupported({ ...none, message, status })).toBe(false);
  });
});

describe('isStopUnsupported', () => {
  it.each([
    ["Unsupported parameter: 'stop' is not supported with this model."],
    ['Unable to submit request because the model does not support the stopSequences parameter.'],
    ['stop sequences are not supported'],
    ["'stop' is not allowed"],
  ])('recognises a model without stop words: %s', message => {
    expect(isStopUnsupported({ ...none, message, status: 400 })).toBe(true);
  });

  it.each([
    ["Unsupported parameter: 'max_tokens' is not supported"],
    ['the model stopped'],
    ['does not support tools'],
  ])('recognises no model without stop words: %s', message => {
    expect(isStopUnsupported({ ...none, message, status: 400 })).toBe(false);
  });
});

describe('toResponseError', () => {
  it("names the server, the status, the code and the server's message", () => {
    const error = toResponseError(
      { message: 'bad\nthing', code: 'oops', type: undefined, status: 500 },
      { server: 'https://llm.example/v1' },
    );
    expect(error.message).toBe('https://llm.example/v1 returned an error (500, oops): bad thing');
  });

  it('reports that the server sent no message', () => {
    expect(toResponseError({ ...none, message: '', status: 500 }).message).toBe(
      'The model server returned an error (500) without a message',
    );
  });

  it("shortens the server's message", () => {
    const error = toResponseError({ ...none, message: 'x'.repeat(100_000), status: 500 });
    expect(error.message.length).toBeLessThan(1200);
    expect(error.serverMessage?.length).toBeLessThan(1200);
  });

  it('keeps the wait of a rate limit, in seconds', () => {
    expect(toResponseError({ ...none, message: '', status: 429 }, { retryAfter: 3 })).toMatchObject({ retryAfter: 3 });
  });
});
