import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthenticationError, ConfigurationError, CredentialError } from '@crew/core';
import { manualClock, startEndpoint, text } from '@crew/llm-testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JwtLLM } from '../src/index.ts';
import { failure, tokenOf, tokenWith } from './verifying-endpoint.ts';

const clock = manualClock();
const endpointUrl = 'https://llm.example/v1/chat/completions';
const tokenFor = (seconds: number, name = 'one'): string => tokenWith({ exp: clock.wall() / 1000 + seconds, name });

let folder: string;
let tokenFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-jwt-'));
  tokenFile = join(folder, 'token');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a token in a file', () => {
  it('is sent without its trailing line break and replaced when the file is replaced', async () => {
    const [first, second] = [tokenFor(600, 'first'), tokenFor(600, 'second')];
    await writeFile(tokenFile, `${first}\n`);
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new JwtLLM({ endpoint: endpoint.url, tokenFile, clock });
    await llm.call('Hello?');
    await replace(`${second}\n`);
    await clock.advance(1000);
    await llm.call('Hello?');
    expect(endpoint.requests.map(tokenOf)).toEqual([first, second]);
  });

  it('is read again immediately if the server refuses it', async () => {
    const [first, second] = [tokenFor(600, 'first'), tokenFor(600, 'second')];
    await writeFile(tokenFile, first);
    await using endpoint = await startEndpoint({
      credential: request => tokenOf(request) === second || { status: 401 },
      replies: [text('Hello')],
    });
    await using llm = new JwtLLM({ endpoint: endpoint.url, tokenFile, clock });
    await replace(second);
    expect(await llm.call('Hello?')).toBe('Hello');
    expect(endpoint.requests.map(tokenOf)).toEqual([first, second]);
  });

  it('causes an AuthenticationError if it is refused and the file has not changed', async () => {
    await writeFile(tokenFile, tokenFor(600));
    await using endpoint = await startEndpoint({ credential: () => ({ status: 401 }) });
    await using llm = new JwtLLM({ endpoint: endpoint.url, tokenFile, clock });
    expect(await failure(llm.call('Hello?'))).toBeInstanceOf(AuthenticationError);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('causes a CredentialError when it has expired, until the file contains another one', async () => {
    await writeFile(tokenFile, tokenFor(60));
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new JwtLLM({ endpoint: endpoint.url, tokenFile, clock });
    await clock.advance(60_000);
    const error = await failure(llm.call('Hello?'));
    expect(error).toBeInstanceOf(CredentialError);
    expect(error).toMatchObject({ message: expect.stringContaining(tokenFile) });
    await replace(tokenFor(60, 'later'));
    await clock.advance(1000);
    expect(await llm.call('Hello?')).toBe('Hello');
  });

  it.each([
    ['half a token', 'eyJhbGciOi'],
    ['nothing', ''],
    ['two lines', 'one\ntwo'],
  ])('stays in use until it expires while the file contains %s', async (_what, content) => {
    await writeFile(tokenFile, tokenFor(60));
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new JwtLLM({ endpoint: endpoint.url, tokenFile, clock });
    await replace(content);
    await clock.advance(1000);
    expect(await llm.call('Hello?')).toBe('Hello');
    await clock.advance(60_000);
    expect(await failure(llm.call('Hello?'))).toBeInstanceOf(CredentialError);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('may be opaque with opaque: true', async () => {
    await writeFile(tokenFile, 'an-opaque-token\n');
    await using endpoint = await startEndpoint({ replies: [text('Hello')] });
    await using llm = new JwtLLM({ endpoint: endpoint.url, tokenFile, opaque: true, clock });
    await llm.call('Hello?');
    expect(endpoint.requests.map(tokenOf)).toEqual(['an-opaque-token']);
  });

  it.each([
    ['is missing', undefined],
    ['is empty', '\n'],
    ['contains something other than a token', 'an-opaque-token'],
    ['has two lines', `${tokenFor(60)}\n${tokenFor(60)}\n`],
  ])('causes a ConfigurationError at construction if the file %s', async (_what, content) => {
    if (content !== undefined) await writeFile(tokenFile, content);
    expect(() => new JwtLLM({ endpoint: endpointUrl, tokenFile, clock })).toThrow(ConfigurationError);
    expect(() => new JwtLLM({ endpoint: endpointUrl, tokenFile, clock })).toThrow(tokenFile);
  });
});

async function replace(content: string): Promise<void> {
  await writeFile(`${tokenFile}.new`, content);
  await rename(`${tokenFile}.new`, tokenFile);
}
