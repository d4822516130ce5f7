import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createAuthority, startEndpoint, text } from '@crew/test-endpoint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpLLM } from '../src/index.ts';

describe('the ca option', async () => {
  const [known, own] = await Promise.all([createAuthority(), createAuthority()]);
  const byDefault = getCACertificates('default');
  // The certificates that the system trusts, for the duration of this file.
  beforeAll(() => setDefaultCACertificates([known.certificate]));
  afterAll(() => setDefaultCACertificates(byDefault));

  it('trusts a private authority in addition to those of the system [T56]', async () => {
    for (const authority of [known, own]) {
      await using endpoint = await startEndpoint({ tls: { authority }, respond: () => text('Hello') });
      await using llm = new HttpLLM({ endpoint: endpoint.url, ca: own.certificate });
      expect(await llm.call('Hello')).toBe('Hello');
    }
  });

  it('trusts only the private authority with caMode replace [T56]', async () => {
    await using endpoint = await startEndpoint({ tls: { authority: known }, respond: () => text('Hello') });
    await using plain = new HttpLLM({ endpoint: endpoint.url });
    expect(await plain.call('Hello')).toBe('Hello');
    await using replacing = new HttpLLM({ endpoint: endpoint.url, ca: own.certificate, caMode: 'replace' });
    await expect(replacing.call('Hello')).rejects.toMatchObject({ code: 'CONNECTION' });
    expect(endpoint.requests).toHaveLength(1);
  });
});
