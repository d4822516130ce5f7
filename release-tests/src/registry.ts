import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runServer } from 'verdaccio';
import { runOrThrow } from './run.ts';
import { root } from './workspace.ts';

/** A registry on loopback: packages of @crew are only what was published to it; others come from the usual registry. */
export interface Registry extends AsyncDisposable {
  readonly url: string;
  /** An .npmrc that names this registry and may publish to it. */
  readonly npmrc: string;
  /** For npm and pnpm: that .npmrc, and caches of their own. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder that is removed with the registry. */
  folder(name: string): string;
}

/** Starts a registry with an empty storage. */
export async function startRegistry(): Promise<Registry> {
  const home = mkdtempSync(join(tmpdir(), 'crew-registry-'));
  const folder = (name: string): string => {
    const path = join(home, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const usual = (await runOrThrow('npm', ['config', 'get', 'registry'], { cwd: root })).trim();
  const server: Server = await runServer({
    self_path: join(home, 'config.yaml'),
    storage: folder('storage'),
    auth: { htpasswd: { file: join(home, 'htpasswd'), max_users: 10 } },
    uplinks: { usual: { url: usual, maxage: '30m', timeout: '60s' } },
    packages: {
      // Without a proxy: a package of ours that was not published here must not come from anywhere else.
      '@crew/*': { access: '$all', publish: '$authenticated', unpublish: '$authenticated' },
      '@someone/*': { access: '$all', publish: '$authenticated' },
      '**': { access: '$all', proxy: 'usual' },
    },
    listen: `127.0.0.1:${port}`,
    max_body_size: '100mb',
    log: { type: 'stdout', format: 'pretty', level: 'fatal' },
  } as never);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const npmrc = join(home, '.npmrc');
  const token = await createUser(url);
  const lines = [
    'fetch-retries=5',
    `registry=${url}`,
    `//127.0.0.1:${port}/:_authToken=${token}`,
    'fund=false',
    'audit=false',
    'update-notifier=false',
  ];
  writeFileSync(npmrc, `${lines.join('\n')}\n`);
  return {
    url,
    npmrc,
    env: {
      NPM_CONFIG_USERCONFIG: npmrc,
      NPM_CONFIG_CACHE: folder('npm-cache'),
      npm_config_registry: url,
      NPM_CONFIG_REGISTRY: url,
      XDG_DATA_HOME: folder('data'),
      XDG_CACHE_HOME: folder('cache'),
      NPM_CONFIG_PROVENANCE: 'false',
    },
    folder,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function createUser(url: string): Promise<string> {
  const response = await fetch(`${url}-/user/org.couchdb.user:crew`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'crew', password: crypto.randomUUID() }),
  });
  const { token } = (await response.json()) as { token?: string };
  if (token === undefined) throw new Error(`The registry made no user: ${response.status}`);
  return token;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise(resolve => probe.close(resolve));
  return port;
}
