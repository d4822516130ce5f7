import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@crew/core';
import { manualClock, startEndpoint, text } from '@crew/llm-testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JwtLLM } from '../src/index.ts';
import { failure, tokenOf, tokenWith } from './verifying-endpoint.ts';

const endpoint = 'https://llm.example/v1/chat/completions';

let folder: string;
let tokenFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-jwt-hostile-'));
  tokenFile = join(folder, 'token');
});
afterEach(() => rm(folder, { recursive: true }));

if (process.platform === 'linux')
  describe('a token file that is not an ordinary file', () => {
    test.each<[string, () => string, RegExp]>([
      ['a FIFO', () => fifo(), /tokenFile: .*it is a FIFO/],
      ['a device', () => '/dev/zero', /tokenFile: .*it is a device/],
      ['a folder', () => folder, /tokenFile: .*it is a folder/],
    ])('is refused at construction: %s [X7]', (_what, path, reason) => {
      expect(() => new JwtLLM({ endpoint, tokenFile: path() })).toThrow(ConfigurationError);
      expect(() => new JwtLLM({ endpoint, tokenFile: path() })).toThrow(reason);
    });

    test('leaves the last token in use if it replaces an ordinary file [X7]', async () => {
      const clock = manualClock();
      const [first, second] = ['first', 'second'].map(name => tokenWith({ exp: clock.wall() / 1000 + 600, name }));
      await writeFile(tokenFile, first ?? '');
      await using server = await startEndpoint({ respond: () => text('Hello') });
      await using llm = new JwtLLM({ endpoint: server.url, tokenFile, clock });
      await rm(tokenFile);
      fifo();
      await clock.advance(1000);
      await llm.call('Hello?');
      await rm(tokenFile);
      await writeFile(tokenFile, second ?? '');
      await clock.advance(1000);
      await llm.call('Hello?');
      expect(server.requests.map(tokenOf)).toEqual([first, second]);
    });

    test('causes a CredentialError if it replaces a file whose token has expired [X7]', async () => {
      const clock = manualClock();
      await writeFile(tokenFile, tokenWith({ exp: clock.wall() / 1000 + 60 }));
      await using llm = new JwtLLM({ endpoint, tokenFile, clock });
      await rm(tokenFile);
      fifo();
      await clock.advance(60_000);
      expect(await failure(llm.call('Hello?'))).toMatchObject({
        code: 'CREDENTIAL',
        message: expect.stringContaining('expired at'),
      });
    });

    function fifo(): string {
      execFileSync('sh', ['-c', '[ -p "$0" ] || mkfifo "$0"', tokenFile]);
      return tokenFile;
    }
  });

test('a token in place of the path of its file is not quoted in the error [X23]', () => {
  const token = tokenWith({ sub: 'somebody', exp: 2e9 });
  const make = (): JwtLLM => new JwtLLM({ endpoint, tokenFile: token });
  expect(make).toThrow(/tokenFile/);
  for (const part of token.split('.')) if (part.length >= 8) expect(make).not.toThrow(part);
});
