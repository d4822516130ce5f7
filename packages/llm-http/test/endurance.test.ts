import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startEndpoint, status, text } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { HttpLLM } from '../src/index.ts';

const run = promisify(execFile);

/** 10,000 calls one after the other in a process of their own; prints what it still holds afterwards. */
const PROGRAM = `
  import { HttpLLM } from '@crew/llm-http';
  import { getEventListeners } from 'node:events';
  const auth = { name: 'key', authenticate: r => r.setHeader('x-key', 'some-key'), refused: () => 'renewed' };
  const llm = new HttpLLM({ endpoint: process.env.ENDPOINT, auth });
  const { signal } = new AbortController();
  let failed = 0;
  const one = async index => {
    const options = { signal, callbacks: [() => undefined] };
    if (index % 3 !== 0) return llm.call('Hello', options);
    for await (const part of llm.stream('Hello', options)) if (index % 2 === 0 && part.type === 'text') break;
  };
  const round = async count => {
    for (let index = 0; index < count; index += 1) await one(index).catch(() => { failed += 1; });
    gc();
    return process.memoryUsage().heapUsed;
  };
  const before = await round(4_000);
  const after = await round(6_000);
  console.log(JSON.stringify({
    failed,
    grown: after - before,
    listeners: getEventListeners(signal, 'abort').length,
    sockets: process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length,
    timers: process.getActiveResourcesInfo().filter(name => name === 'Timeout').length,
  }));
  await llm.close();
`;

describe('an LLM in long use', () => {
  it('answers 10,000 calls at once, over 256 connections at most', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('yes') });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    const answers = await Promise.all(Array.from({ length: 10_000 }, () => llm.call('Hello')));
    expect(answers.filter(answer => answer === 'yes')).toHaveLength(10_000);
    expect(endpoint.connections.total).toBeLessThanOrEqual(256);
  }, 60_000);

  it('keeps nothing of 10,000 calls, failed, refused, streamed and left early ones among them', async () => {
    let asked = 0;
    await using endpoint = await startEndpoint({
      respond: () => {
        asked += 1;
        if (asked % 7 === 0) return status(400);
        return asked % 5 === 0 ? status(401) : text('yes it is');
      },
    });
    const { stdout } = await run(
      process.execPath,
      ['--expose-gc', '--conditions=@crew/source', '--input-type=module', '--eval', PROGRAM],
      { cwd: new URL('..', import.meta.url), env: { ...process.env, ENDPOINT: endpoint.url }, timeout: 50_000 },
    );
    const { failed, grown, listeners, sockets, timers } = JSON.parse(stdout);
    expect(failed).toBeGreaterThan(1_000);
    expect(grown).toBeLessThan(1_500_000);
    expect([listeners, timers]).toEqual([0, 0]);
    expect(sockets).toBeLessThanOrEqual(4);
    await endpoint.whenIdle();
  }, 60_000);
});
