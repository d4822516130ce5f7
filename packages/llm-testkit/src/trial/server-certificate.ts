import { createAuthority, type EndpointTls } from '@crew/test-endpoint';

let made: Promise<EndpointTls> | undefined;

/** A certificate for loopback, and its authority: made once, since each check has an endpoint of its own to show it. */
export function serverCertificate(): Promise<EndpointTls> {
  made ??= make();
  return made;
}

async function make(): Promise<EndpointTls> {
  const authority = await createAuthority();
  const names = { dns: ['localhost'], ip: ['127.0.0.1', '::1'] };
  return { authority, certificate: await authority.issue({ commonName: 'localhost', ...names }) };
}
