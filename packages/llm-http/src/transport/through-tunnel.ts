/// <reference path="./undici-modules.d.ts" />
import type { ConnectOptions, Connector } from './connecting.ts';
import { ProxyFault } from './proxy-failure.ts';

/**
 * Connects through a proxy's tunnel; `proxy` names it in errors. undici's agent asks the proxy for it, and TLS is spoken here, so that the attempt can
 * be given up at any moment. The agent's own handshake could not be reached, and would stay open with a silent server.
 */
export function throughTunnel(tunnel: Connector, direct: Connector, proxy: string): Connector {
  return (options, callback) => {
    const { servername: _ofTheHeader, ...rest } = options;
    // The agent speaks TLS only to an origin of https.
    const plain = options.protocol === 'https:' ? withPort({ ...options, protocol: 'http:' }) : options;
    options.waitsForProxy?.(proxy);
    return tunnel(plain, (...[error, socket]) => {
      options.waitsForProxy?.(undefined);
      if (error) callback(new ProxyFault(proxy, error), null);
      else if (options.signal?.aborted) socket?.destroy();
      else if (options.protocol !== 'https:') callback(null, socket);
      else options.made?.(direct({ ...rest, ...(socket && { httpSocket: socket }) }, callback));
    });
  };
}

/** The authority that is asked for (RFC 9110, section 9.3.6) names the port. */
function withPort(options: ConnectOptions): ConnectOptions {
  return options.port ? options : { ...options, port: '443', host: `${options.host ?? options.hostname}:443` };
}
