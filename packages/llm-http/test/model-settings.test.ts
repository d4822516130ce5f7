import { ConfigurationError } from '@crew/core';
import { errorBody, errorMidStream, startEndpoint, status, text } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { chatCompletions, HttpLLM, type HttpLLMOptions, type Protocol } from '../src/index.ts';

const UNSUPPORTED = {
  message: "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  type: 'invalid_request_error',
  code: 'unsupported_parameter',
  details: { param: 'max_tokens' },
};
const validation = (field: string) => ({
  detail: [{ type: 'extra_forbidden', loc: ['body', field], msg: 'Extra inputs are not permitted', input: 5 }],
});

/** Returns the fields for the length of the reply that each request contained. */
function lengthFields(requests: readonly { readonly json: unknown }[]): readonly string[] {
  return requests.map(({ json }) =>
    Object.keys(Object(json))
      .filter(name => name.startsWith('max_'))
      .join(),
  );
}

describe('model settings of an HttpLLM', () => {
  it('the settings of the LLM are sent, and those of a turn instead of them [W22]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const settings = { topP: 0.5, maxTokens: 100, seed: 7, reasoningEffort: 'low', extraBody: { user: 'harbour' } };
    await using llm = new HttpLLM({ endpoint: endpoint.url, parallelToolCalls: false, ...settings });
    await llm.call('Hello');
    await llm.call('Hello', { maxTokens: 5, extraBody: { user: 'ship', top_k: 4 } });
    const messages = [{ role: 'user', content: 'Hello' }];
    const sent = { messages, top_p: 0.5, max_tokens: 100, seed: 7, reasoning_effort: 'low', user: 'harbour' };
    expect(endpoint.requests.map(({ json }) => json)).toEqual([
      sent,
      { ...sent, max_tokens: 5, user: 'ship', top_k: 4 },
    ]);
  });

  it('an extraBody that replaces a field of Crew is a ConfigurationError before anything is sent [W22]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    for (const name of ['messages', 'model', 'tools', 'stream']) {
      await using llm = new HttpLLM({ endpoint: endpoint.url, extraBody: { [name]: null } });
      await expect(llm.call('Hello')).rejects.toThrow(ConfigurationError);
      await expect(llm.call('Hello')).rejects.toThrow(`"${name}"`);
    }
    expect(endpoint.requests).toHaveLength(0);
  });

  it('a content part that cannot be sent is a ConfigurationError that names it, before anything is sent [W22]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    const content = [{ type: 'audio' as const, data: 'T2dnUw==', mediaType: 'audio/ogg' }];
    await expect(llm.call([{ role: 'user', content }])).rejects.toThrow(ConfigurationError);
    await expect(llm.call([{ role: 'user', content }])).rejects.toThrow('messages[0].content[0]');
    expect(endpoint.requests).toHaveLength(0);
  });

  it('maxTokensField selects the field for maxTokens [W22]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    for (const maxTokensField of ['max_tokens', 'max_completion_tokens', undefined] as const) {
      const protocol = chatCompletions({ maxTokensField });
      await using llm = new HttpLLM({ endpoint: endpoint.url, protocol, maxTokens: 5 });
      await llm.call('Hello');
    }
    expect(lengthFields(endpoint.requests)).toEqual(['max_tokens', 'max_completion_tokens', 'max_tokens']);
  });

  it.each([
    { maxTokensField: 'max_length' },
    { maxTokensField: 3 },
    { maxTokensField: null },
    { maxTokenField: 'x' },
    null,
    'x',
  ])('the options %j of chatCompletions are a ConfigurationError [W22]', options => {
    expect(() => Reflect.apply(chatCompletions, undefined, [options])).toThrow(ConfigurationError);
  });
});

describe('a server that refuses the field for maxTokens', () => {
  const bare = (message: string) => errorBody(400, { form: 'bare', message });
  it.each([
    ['the code and param', errorBody(400, UNSUPPORTED)],
    ['param alone', errorBody(400, { message: 'This field is not supported.', details: { param: 'max_tokens' } })],
    ['loc of a validation error', status(422, { body: validation('max_tokens') })],
    ['loc within the message', status(422, { body: { object: 'error', message: validation('max_tokens') } })],
    ['the message', bare("'max_tokens' is not supported with this model.")],
    ['other words', bare('Unrecognized request argument supplied: max_tokens')],
    ['a list of parameters', bare("the model does not support parameters: ['max_tokens']")],
    [
      'a printed validation error',
      bare("[{'type': 'extra_forbidden', 'loc': ('body', 'max_tokens'), 'msg': 'Extra inputs are not permitted'}]"),
    ],
    ['advice', bare('max_tokens cannot be sent to this model. Please use `max_completion_tokens`.')],
    ['an error of status 200', status(200, { body: { error: { ...UNSUPPORTED, code: 400 } } })],
  ])(
    'is sent the request once more with the other field when it names the field by %s, and the LLM remembers [W22]',
    async (_how, refusal) => {
      await using endpoint = await startEndpoint({ replies: [refusal, text('a'), text('b')] });
      await using llm = new HttpLLM({ endpoint: endpoint.url, maxTokens: 5, retry: { retries: 0 } });
      expect([await llm.call('Hello'), await llm.call('Hello')]).toEqual(['a', 'b']);
      expect(lengthFields(endpoint.requests)).toEqual(['max_tokens', 'max_completion_tokens', 'max_completion_tokens']);
    },
  );

  it('is sent a streamed request once more, too, also after an error event [W22]', async () => {
    for (const refusal of [errorBody(400, UNSUPPORTED), errorMidStream(text('never'), -1, UNSUPPORTED)]) {
      await using endpoint = await startEndpoint({ replies: [refusal, text('a'), text('b')] });
      await using llm = new HttpLLM({ endpoint: endpoint.url, maxTokens: 5, retry: { retries: 0 } });
      for (const expected of ['a', 'b']) {
        let answer = '';
        for await (const part of llm.stream('Hello')) answer += part.type === 'text' ? part.text : '';
        expect(answer).toBe(expected);
      }
      expect(lengthFields(endpoint.requests)).toEqual(['max_tokens', 'max_completion_tokens', 'max_completion_tokens']);
    }
  });

  it('is sent max_tokens when it does not know max_completion_tokens [W22]', async () => {
    const refusal = status(422, { body: validation('max_completion_tokens') });
    await using endpoint = await startEndpoint({ replies: [refusal, text('a')] });
    const protocol = chatCompletions({ maxTokensField: 'max_completion_tokens' });
    await using llm = new HttpLLM({ endpoint: endpoint.url, protocol, maxTokens: 5 });
    expect(await llm.call('Hello')).toBe('a');
    expect(lengthFields(endpoint.requests)).toEqual(['max_completion_tokens', 'max_tokens']);
  });

  it('is sent the request only once more when it refuses both fields, and the LLM remembers nothing [W22]', async () => {
    const other = { ...UNSUPPORTED, message: 'Unsupported.', details: { param: 'max_completion_tokens' } };
    await using endpoint = await startEndpoint({
      replies: [errorBody(400, UNSUPPORTED), errorBody(400, other), text('a')],
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url, maxTokens: 5 });
    await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'RESPONSE', status: 400 });
    await llm.call('Hello');
    expect(lengthFields(endpoint.requests)).toEqual(['max_tokens', 'max_completion_tokens', 'max_tokens']);
  });

  it.each<[string, object, HttpLLMOptions | object]>([
    [
      'a value that is too large',
      { ...UNSUPPORTED, code: 'invalid_value', message: 'max_tokens is too large: 5.' },
      {},
    ],
    ['values that are not supported', { message: 'max_tokens values above the limit are not supported.' }, {}],
    ['another field', { ...UNSUPPORTED, message: "Unsupported parameter: 'top_p'.", details: { param: 'top_p' } }, {}],
    ['a field that was not sent', UNSUPPORTED, { maxTokens: undefined }],
  ])('is not sent the request again when the error is about %s [W22]', async (_what, error, options) => {
    await using endpoint = await startEndpoint({ respond: () => errorBody(400, error) });
    await using llm = new HttpLLM({ endpoint: endpoint.url, maxTokens: 5, ...options });
    await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'RESPONSE' });
    expect(endpoint.requests).toHaveLength(1);
  });

  it('is not sent the request again by a protocol without maxTokensField [W22]', async () => {
    const { maxTokensField: _none, ...protocol }: Protocol = chatCompletions();
    await using endpoint = await startEndpoint({ respond: () => errorBody(400, UNSUPPORTED) });
    await using llm = new HttpLLM({ endpoint: endpoint.url, protocol, maxTokens: 5 });
    await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'RESPONSE' });
    expect(endpoint.requests).toHaveLength(1);
  });
});
