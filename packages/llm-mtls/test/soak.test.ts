import { trackResources } from '@crew/llm-testkit';
import { expect, it } from 'vitest';
import { soak, summary } from '../soak/soak.ts';

it.each([
  ['HTTP/1.1', false],
  ['HTTP/2', true],
])(
  'certificates replaced every second under load drop no request, over %s (threat 54)',
  async (_, http2) => {
    const resources = trackResources();
    const figures = await soak({ seconds: 5, http2, rate: 200 });
    process.stderr.write(`${summary(figures)}\n`);
    expect(figures).toMatchObject({ failures: [], leftOpen: 0 });
    expect(figures.requests).toBe(1_000);
    // How soon a certificate is seen depends on the machine; that later ones are seen does not.
    expect(figures.certificatesSeen).toBeGreaterThanOrEqual(2);
    await resources.check();
  },
  120_000,
);
