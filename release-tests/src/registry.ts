import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runServer } from 'verdaccio';
import { runOrThrow } from './run.ts';
import { type Manifest, packages, pnpm, root } from './workspace.ts';

/** A registry on loopback. It serves only those @crew packages that were published to it, and forwards other packages. */
export interface Registry extends AsyncDisposable {
  readonly url: string;
  /** Path of an .npmrc that selects this registry and allows publishing to it. */
  readonly npmrc: string;
  /** Environment for npm and pnpm, with that .npmrc and separate caches. */
  readonly env: Readonly<Record<string, string>>;
  /** Creates a folder that is removed with the registry, and returns its path. */
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
  const upstream = (await runOrThrow('npm', ['config', 'get', 'registry'], { cwd: root })).trim();
  const server: Server = await runServer({
    self_path: join(home, 'config.yaml'),
    storage: folder('storage'),
    auth: { htpasswd: { file: join(home, 'htpasswd'), max_users: 10 } },
    uplinks: { upstream: { url: upstream, maxage: '30m', timeout: '60s' } },
    packages: {
      // Without a proxy, because an unpublished package of this repository must not come from another registry.
      '@crew/*': { access: '$all', publish: '$authenticated', unpublish: '$authenticated' },
      '@someone/*': { access: '$all', publish: '$authenticated' },
      '**': { access: '$all', proxy: 'upstream' },
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

/** Packs packages like a release does, and publishes them to the registry. */
export async function publish(registry: Registry, chosen: readonly Manifest[] = packages): Promise<void> {
  const tarballs = registry.folder('tarballs');
  const filters = chosen.map(({ name }) => `--filter=${name}`);
  await pnpm(['--recursive', ...filters, 'pack', '--pack-destination', tarballs], { cwd: root });
  for (const { name, version } of chosen) {
    const tarball = join(tarballs, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
    await runOrThrow('npm', ['publish', tarball, '--provenance=false', '--ignore-scripts'], {
      cwd: tarballs,
      env: registry.env,
    });
  }
}

async function createUser(url: string): Promise<string> {
  const response = await fetch(`${url}-/user/org.couchdb.user:crew`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'crew', password: crypto.randomUUID() }),
  });
  const { token } = (await response.json()) as { token?: string };
  if (token === undefined) throw new Error(`The registry created no user (status ${response.status}).`);
  return token;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise(resolve => probe.close(resolve));
  return port;
}
