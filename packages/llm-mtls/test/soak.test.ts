import { trackResources } from '@crew/llm-testkit';
import { expect, it } from 'vitest';
import { soak, summary } from '../soak/soak.ts';

it.each([
  ['HTTP/1.1', false],
  ['HTTP/2', true],
])('certificates replaced every second under load drop no request, over %s (threat 54)', async (_, http2) => {
  const resources = trackResources();
  // How soon a certificate is seen depends on the machine: it goes on until one that came later was.
  const figures = await soak({ seconds: 1.2, http2, rate: 200, leastSeen: 2 });
  process.stderr.write(`${summary(figures)}\n`);
  expect(figures).toMatchObject({ failures: [], leftOpen: 0, requests: 240 });
  await resources.check();
});
