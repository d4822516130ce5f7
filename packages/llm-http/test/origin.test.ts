import { startEndpoint, text } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { type Authenticator, HttpLLM } from '../src/index.ts';

describe('the origin of the endpoint [T5]', () => {
  it.each([
    ['two slashes', '//evil.example/v1'],
    ['backslashes', '\\\\evil.example\\v1'],
    ['an at sign', '/@evil.example/v1'],
    ['a backslash and an at sign', '\\@evil.example/v1'],
    ['a URL as its path', '/https://evil.example/v1'],
    ['a URL as its query', '?url=https://evil.example/v1'],
    ['dots', '/../../evil.example'],
    ['a tab and a line break', '/\t\n/evil.example/v1'],
  ])('sends the credential to the origin of the endpoint only when its path has %s', async (_what, tail) => {
    await using endpoint = await startEndpoint({ path: '*', respond: () => text('Hello') });
    const auth: Authenticator = { name: 'key', authenticate: request => request.setHeader('x-key', 'the-key') };
    await using llm = new HttpLLM({ endpoint: endpoint.origin + tail, auth });
    expect(await llm.call('Hello')).toBe('Hello');
    expect(endpoint.requests[0]?.headers).toMatchObject({ 'x-key': 'the-key', host: new URL(endpoint.origin).host });
  });

  it.each([
    ['user info that looks like a host', 'https://llm.example@evil.example/v1'],
    ['user info before a backslash', 'https://llm.example\\@evil.example@evil.example/v1'.replace('\\@', '%5C@')],
    ['no scheme', '//llm.example/v1'],
    ['another scheme', 'file:///etc/passwd'],
    ['a script', 'javascript:alert(1)'],
  ])('rejects an endpoint with %s', (_what, endpoint) => {
    expect(() => new HttpLLM({ endpoint })).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }));
  });

  it('keeps the origin whatever an authenticator adds to the query', async () => {
    await using elsewhere = await startEndpoint({ path: '*' });
    await using endpoint = await startEndpoint({ path: '*', respond: () => text('Hello') });
    const evil = [
      '//evil.example/',
      `@${new URL(elsewhere.origin).host}/`,
      '#fragment',
      'a\r\nhost: evil.example',
      '\\',
    ];
    const auth: Authenticator = {
      name: 'query',
      authenticate(request) {
        for (const [index, value] of evil.entries()) request.setQuery(`k${index}`, value);
        for (const value of evil) request.setQuery(value, 'v');
      },
    };
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    expect(await llm.call('Hello')).toBe('Hello');
    const url = new URL(endpoint.requests[0]?.url ?? '');
    expect(url.origin).toBe(endpoint.origin);
    expect(evil.map((_, index) => url.searchParams.get(`k${index}`))).toEqual(evil);
    expect(elsewhere.connections.total).toBe(0);
  });

  it('normalises other letters, a default port and Unicode dots to one origin', () => {
    for (const endpoint of ['HTTPS://LLM.example:443/v1', 'https://llm。example/v1', 'https://llm.example/v1']) {
      let origin: string | undefined;
      const auth: Authenticator = {
        name: 'asking',
        attach: host => {
          origin = host.origin;
        },
        authenticate: () => undefined,
      };
      new HttpLLM({ endpoint, auth });
      expect(origin).toBe('https://llm.example');
    }
  });
});

describe('header names [T16]', () => {
  const transport = [
    ...[
      'Host',
      'content-length',
      'Transfer-Encoding',
      'connection',
      'keep-alive',
      'TE',
      'trailer',
      'upgrade',
      'expect',
    ],
    ...['proxy-authorization', 'Proxy-Connection', 'content-encoding', 'http2-settings', '__proto__'],
    ...['', ' ', 'x y', 'x:y', 'x\r\ny', 'x\u0000', 'ключ', ':authority'],
  ];

  it.each(transport)('rejects the header name %j from the user and from authenticators', async name => {
    const headers = Object.fromEntries([[name, 'value']]);
    const construct = () => new HttpLLM({ endpoint: 'https://llm.example/', headers });
    expect(construct).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }));
    const auth: Authenticator = { name: 'careless', authenticate: request => request.setHeader(name, 'value') };
    await using llm = new HttpLLM({ endpoint: 'http://127.0.0.1:9/', auth });
    await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'CONFIGURATION' });
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])('accepts %s as a header name', async name => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const auth: Authenticator = { name: 'odd', authenticate: request => request.setHeader(name, 'value') };
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    expect(await llm.call('Hello')).toBe('Hello');
    expect(endpoint.requests[0]?.headers[name.toLowerCase()]).toBe('value');
  });
});
