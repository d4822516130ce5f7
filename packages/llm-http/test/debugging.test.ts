import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createLeakHarness, startEndpoint, text } from '@crew/test-endpoint';
import { expect, it } from 'vitest';

const run = promisify(execFile);

/** Runs a program that makes one call with a planted key. */
function program(code: string, environment: Readonly<Record<string, string>>) {
  const start = `
    const { HttpLLM, fromCommand, fromEnv } = await import('@crew/llm-http');
    const { readSecret } = await import('@crew/llm-http/adapter');
    const call = async (key = fromEnv('KEY')) => {
      const auth = { name: 'key', async authenticate(request, { signal }) {
        request.setHeader('authorization', 'Bearer ' + await readSecret(key, 'key', { signal }));
      } };
      const llm = new HttpLLM({ endpoint: process.env.ENDPOINT, ca: process.env.CA, auth });
      return await llm.call('Hello').finally(() => llm.close());
    };
    const { KEY } = process.env;
  `;
  return run(
    process.execPath,
    ['--conditions=@crew/source', '--input-type=module', '--eval', code.replace('START', () => start)],
    { cwd: new URL('..', import.meta.url), env: { PATH: process.env['PATH'], ...environment } },
  );
}

it('NODE_DEBUG prints no credential [T29]', async () => {
  const harness = createLeakHarness();
  const KEY = harness.sentinel('key');
  await using endpoint = await startEndpoint({ tls: true, respond: () => text('Hello') });
  const environment = {
    KEY,
    ENDPOINT: endpoint.url,
    CA: endpoint.ca ?? '',
    NODE_DEBUG: 'undici,fetch,http,http2,tls,net',
  };
  const { stdout, stderr } = await program('START; console.log(await call());', environment);
  expect(stdout).toContain('Hello');
  expect(stderr).toMatch(/(UNDICI|FETCH) \d+: sending request/);
  expect(endpoint.requests[0]?.headers['authorization']).toBe(`Bearer ${KEY}`);
  harness.inspect('stdout', stdout);
  harness.inspect('stderr', stderr);
  harness.assertClean();
});

it('no diagnostics channel except those of undici contains a credential [T31]', async () => {
  const key = createLeakHarness().sentinel('key');
  await using endpoint = await startEndpoint({ respond: () => text('Hello') });
  const code = `
    const { inspect } = await import('node:util');
    const { default: diagnostics } = await import('node:diagnostics_channel');
    const { syncBuiltinESMExports } = await import('node:module');
    const telling = new Set();
    const { channel } = diagnostics;
    const listen = name => diagnostics.subscribe(name, (message, told) => {
      if (inspect(message, { depth: 9, showHidden: true }).includes(process.env.KEY)) telling.add(String(told));
    });
    const known = new Set();
    diagnostics.channel = name => {
      if (!known.has(name)) { known.add(name); listen(name); }
      return channel(name);
    };
    syncBuiltinESMExports();
    START;
    await call();
    console.log(JSON.stringify([...telling]));
  `;
  const { stdout } = await program(code, { KEY: key, ENDPOINT: endpoint.url });
  const telling: string[] = JSON.parse(stdout);
  // These cannot be disabled, as the guide on secrets explains.
  expect(telling).toContain('undici:request:create');
  expect(telling.filter(name => !name.startsWith('undici:'))).toEqual([]);
});

it('the program of fromCommand receives its own arguments and no secret of this process [T35]', async () => {
  const harness = createLeakHarness();
  const given = harness.sentinel('key in memory');
  const argument = 'secret/llm';
  const code = `
    START;
    const show = 'console.log(JSON.stringify([process.argv.slice(1), process.execArgv.slice(2), process.env]))';
    const told = await fromCommand([process.execPath, '--eval', show, '${argument}'])({ signal: new AbortController().signal });
    const inMemory = ['${given.slice(0, 20)}', '${given.slice(20)}'].join('');
    await call(inMemory);
    console.log(told);
  `;
  await using endpoint = await startEndpoint({ respond: () => text('Hello') });
  const { stdout } = await program(code, { ENDPOINT: endpoint.url });
  const [argv]: [string[]] = JSON.parse(stdout);
  expect(argv).toEqual([argument]);
  expect(endpoint.requests[0]?.headers['authorization']).toBe(`Bearer ${given}`);
  harness.inspect('what the command sees', stdout);
  harness.assertClean();
});
