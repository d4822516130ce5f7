import { ConfigurationError } from '@crew/core';
import { startEndpoint, text } from '@crew/test-endpoint';
import { describe, expect, it, vi } from 'vitest';
import type { AuthHost } from '../src/adapter.ts';
import { type Authenticator, HttpLLM } from '../src/index.ts';

const endpoint = 'http://127.0.0.1:9/v1';

function probe(): Authenticator & { readonly hosts: AuthHost[]; closed: number } {
  const hosts: AuthHost[] = [];
  const made = {
    name: 'probe',
    hosts,
    closed: 0,
    attach: (host: AuthHost) => void hosts.push(host),
    authenticate: () => undefined,
    close: async () => {
      made.closed += 1;
    },
  };
  return made;
}

describe('Authenticator.attach', () => {
  it('attaches an authenticator once per LLM, with the origin of its endpoint', async () => {
    const auth = probe();
    await using _first = new HttpLLM({ endpoint, auth });
    await using _second = new HttpLLM({ endpoint: 'https://api.example/v1?key=1', auth });
    expect(auth.hosts.map(({ origin }) => origin)).toEqual(['http://127.0.0.1:9', 'https://api.example']);
  });

  it('closes an authenticator once, when the last LLM that it is attached to closes', async () => {
    const auth = probe();
    const first = new HttpLLM({ endpoint, auth });
    const second = new HttpLLM({ endpoint, auth });
    await first.close();
    await first.close();
    expect(auth.closed).toBe(0);
    await second.close();
    expect(auth.closed).toBe(1);
  });

  it('counts attachments across all copies of the package in one program', async () => {
    vi.resetModules();
    const copy = await import('../src/index.ts');
    expect(copy.HttpLLM).not.toBe(HttpLLM);
    const auth = probe();
    const first = new HttpLLM({ endpoint, auth });
    const second = new copy.HttpLLM({ endpoint, auth });
    await first.close();
    expect(auth.closed).toBe(0);
    await second.close();
    expect(auth.closed).toBe(1);
  });

  it('detaches the previous authenticators when an authenticator rejects an LLM', async () => {
    const before = probe();
    const strict: Authenticator = {
      name: 'strict',
      authenticate: () => undefined,
      attach: ({ origin }) => {
        throw new ConfigurationError(`Not for ${origin}.`);
      },
    };
    expect(() => new HttpLLM({ endpoint, auth: [before, strict] })).toThrow('Not for http://127.0.0.1:9.');
    await new Promise(resolve => setImmediate(resolve));
    expect(before.closed).toBe(1);
  });

  it('lets an authenticator reach its server while it closes', async () => {
    await using server = await startEndpoint({ path: '*', respond: () => text('goodbye') });
    let host: AuthHost | undefined;
    const auth: Authenticator = {
      name: 'session',
      attach: attached => {
        host = attached;
      },
      authenticate: () => undefined,
      close: async () => {
        await host?.fetch(`${server.origin}/logout`, { method: 'POST' });
      },
    };
    await new HttpLLM({ endpoint: server.url, auth }).close();
    expect(server.requests.map(({ path }) => path)).toEqual(['/logout']);
  });

  it('closes the LLM even if an authenticator fails to close', async () => {
    await using server = await startEndpoint({ respond: () => text('yes') });
    const auth: Authenticator = {
      name: 'stubborn',
      authenticate: () => undefined,
      close: () => Promise.reject(new Error('cannot log out')),
    };
    const llm = new HttpLLM({ endpoint: server.url, auth });
    await llm.call('Hello');
    await expect(llm.close()).rejects.toThrow('cannot log out');
    await server.whenIdle();
  });

  it('emits events that belong to no turn to the listeners of the LLM', async () => {
    const auth = probe();
    await using llm = new HttpLLM({ endpoint, auth });
    const heard: string[] = [];
    llm.on('credential', ({ action }) => heard.push(action));
    auth.hosts[0]?.emit({ type: 'credential', action: 'renewed', authenticator: 'probe', at: 0 });
    expect(heard).toEqual(['renewed']);
  });
});
