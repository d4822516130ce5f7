import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startEndpoint, text } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

/** Runs a program in a separate process. Fails if it does not exit by itself in time. */
async function program(code: string, endpoint: string): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    [
      '--conditions=@crew/source',
      '--input-type=module',
      '--eval',
      `import { HttpLLM } from '@crew/llm-http';\n${code}`,
    ],
    { cwd: new URL('..', import.meta.url), env: { ...process.env, ENDPOINT: endpoint } },
  );
  return stdout.trim();
}

describe('process exit', () => {
  it.each([
    [
      'that made a call and closed its LLM',
      `const llm = new HttpLLM({ endpoint: process.env.ENDPOINT });
       console.log(await llm.call('Hello'));
       await llm.close();`,
    ],
    [
      'that made a call and closed nothing',
      `console.log(await new HttpLLM({ endpoint: process.env.ENDPOINT }).call('Hello'));`,
    ],
    [
      'that left a stream early',
      `for await (const part of new HttpLLM({ endpoint: process.env.ENDPOINT }).stream('Hello')) {
         console.log(part.text);
         break;
       }`,
    ],
    [
      'that renewed a credential in the background',
      `import { RenewingCredential } from '@crew/llm-http/adapter';
       const token = new RenewingCredential({ obtain: async () => ({ value: 't', expiresAt: Date.now() + 60_000 }) });
       const auth = { name: 'token', authenticate: async (r, c) => r.setHeader('x', await token.get(c.signal)) };
       const llm = new HttpLLM({ endpoint: process.env.ENDPOINT, auth });
       console.log(await llm.call('Hello'));
       await llm.close();`,
    ],
  ])('a process %s exits by itself', async (_what, code) => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    expect(await program(code, endpoint.url)).toBe('Hello');
  });
});
