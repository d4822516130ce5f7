import { trackResources } from '@crew/llm-testkit';
import { expect, it } from 'vitest';
import { soak, summary } from '../soak/soak.ts';

it('no request fails over HTTP/1.1 and HTTP/2 while the certificate is replaced every second under load [T54]', async () => {
  const resources = trackResources();
  // The delay of a new certificate depends on the machine, so each run continues until a later certificate was seen.
  const options = { seconds: 1.2, rate: 200, minCertificates: 2 };
  const both = await Promise.all([soak({ ...options, http2: false }), soak({ ...options, http2: true })]);
  for (const figures of both) process.stderr.write(`${summary(figures)}\n`);
  const whole = { failures: [], leftOpen: 0, requests: 240 };
  expect(both).toMatchObject([
    { ...whole, protocol: 'HTTP/1.1' },
    { ...whole, protocol: 'HTTP/2' },
  ]);
  await resources.check();
});
