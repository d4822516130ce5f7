import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, json, simulatedModel, startEndpoint } from '@crew/test-endpoint';
import type { Setting } from './documentation-settings.ts';

/** A gateway that wants a client certificate, and the files with one, for the pages about mTLS. */
export async function behindCertificate(): Promise<Setting> {
  const authority = await createAuthority();
  const server = { commonName: 'gateway', ip: ['127.0.0.1'], uri: ['spiffe://example.org/llm'] };
  const answer = simulatedModel();
  const endpoint = await startEndpoint({
    tls: { authority, certificate: await authority.issue(server) },
    clientCertificate: 'require',
    path: '*',
    respond: request => {
      // A token that is bound to the certificate it was asked for with.
      const token = request.tls?.peer?.fingerprint256.replaceAll(':', '') ?? '';
      if (request.path === '/oauth/token') return json({ access_token: token, token_type: 'Bearer', expires_in: 300 });
      const isBound = request.headers['authorization'] === `Bearer ${token}`;
      return !request.path.startsWith('/bank/') || isBound ? answer(request) : { status: 401 };
    },
  });
  const client = await authority.issue({ commonName: 'crew', uri: ['spiffe://example.org/crew'], usage: 'client' });
  const folder = mkdtempSync(join(tmpdir(), 'crew-documentation-'));
  for (const names of [
    ['tls.crt', 'tls.key', 'ca.crt'],
    ['svid.pem', 'svid_key.pem', 'svid_bundle.pem'],
  ]) {
    const contents = [client.chain, client.key, authority.certificate];
    names.forEach((name, index) => void writeFileSync(join(folder, name), contents[index] ?? '', { mode: 0o600 }));
  }
  return {
    replace: {
      'https://gateway.example': endpoint.origin,
      '/etc/crew': folder,
      '/var/run/secrets/llm-client': folder,
      '/run/spiffe': folder,
    },
    environment: {},
    prints: /\S/,
    [Symbol.asyncDispose]: async () => {
      await endpoint.close();
      rmSync(folder, { recursive: true });
    },
  };
}
