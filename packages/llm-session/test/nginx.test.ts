import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findSystemProgram, text } from '@crew/llm-testkit';
import { describe, expect, it } from 'vitest';
import { formLogin, SessionLLM } from '../src/index.ts';
import { PASSWORD, type SessionServer, startSessionServer, USER } from './session-server.ts';

const program = findSystemProgram('nginx');
if (program !== undefined) {
  describe('a session behind nginx with auth_request', () => {
    it.each(['401', 'redirect'] as const)(
      'a session is obtained, cached, and renewed after it ended with a %s',
      async ended => {
        await using server = await startSessionServer({ respond: () => text('hello') });
        await using nginx = await startNginx(program, server, ended);
        const options = { login: formLogin({ page: '/login' }), username: USER, password: PASSWORD };
        await using llm = new SessionLLM({ endpoint: `${nginx.origin}/v1/chat/completions`, ...options });
        expect(await llm.call('hi')).toBe('hello');
        await server.restart();
        const answers = await Promise.all(Array.from({ length: 16 }, () => llm.call('hi')));
        expect(new Set(answers)).toEqual(new Set(['hello']));
        expect(server.logins).toEqual([302, 302]);
      },
    );
  });
}

/** Configures nginx to guard the model. The application provides only the login and the session. */
function configuration(port: number, server: SessionServer, ended: '401' | 'redirect'): string {
  return `
    worker_processes 1; error_log stderr error; pid nginx.pid; daemon off; master_process off;
    events { worker_connections 256; }
    http {
      access_log off; client_body_temp_path body; proxy_temp_path proxy;
      fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
      server {
        listen 127.0.0.1:${port};
        location / { proxy_pass ${server.origin}; proxy_set_header Host $http_host; }
        location = /auth {
          internal; proxy_pass ${server.origin}; proxy_pass_request_body off; proxy_set_header Content-Length "";
        }
        location /v1/ {
          auth_request /auth; ${ended === 'redirect' ? 'error_page 401 = @login;' : ''}
          proxy_pass ${server.model.origin};
        }
        location @login { return 302 /login; }
      }
    }`;
}

async function startNginx(nginx: string, server: SessionServer, ended: '401' | 'redirect') {
  const folder = await mkdtemp(join(tmpdir(), 'crew-nginx-'));
  const port = await freePort();
  await writeFile(join(folder, 'nginx.conf'), configuration(port, server, ended));
  const child = spawn(nginx, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', piece => {
    complaints += piece;
  });
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${complaints}`);
    await wait(10);
  }
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Finds a free port, because nginx does not report the port it listens on. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('No port was given.');
  return address.port;
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
