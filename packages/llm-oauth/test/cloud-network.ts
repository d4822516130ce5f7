import {
  type CertificateAuthority,
  createAuthority,
  type Endpoint,
  type RecordedRequest,
  type Reply,
  startEndpoint,
  startProxy,
} from '@crew/llm-testkit';

/** A TLS server that stands in for the hosts of a cloud, and a proxy that connects to it under their names. */
export interface CloudNetwork extends AsyncDisposable {
  readonly authority: CertificateAuthority;
  readonly server: Endpoint;
  /** URL of the proxy. */
  readonly proxy: string;
  /** Returns the targets of the requested tunnels, as `host:port`. */
  readonly hosts: () => readonly string[];
}

export async function startCloudNetwork(
  hosts: readonly string[],
  respond: (request: RecordedRequest) => Reply | Promise<Reply>,
): Promise<CloudNetwork> {
  const authority = await createAuthority();
  const certificate = await authority.issue({ commonName: hosts[0] ?? 'cloud', dns: hosts, ip: ['127.0.0.1'] });
  const server = await startEndpoint({ tls: { authority, certificate }, path: '*', respond });
  const place = `127.0.0.1:${server.port}`;
  const proxy = await startProxy({ hosts: Object.fromEntries(hosts.map(host => [`${host}:443`, place])) });
  return {
    authority,
    server,
    proxy: proxy.url,
    hosts: () => proxy.requests.map(request => request.authority),
    async [Symbol.asyncDispose]() {
      await proxy.close();
      await server.close();
    },
  };
}
