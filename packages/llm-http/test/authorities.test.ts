import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createAuthority, startEndpoint, text } from '@crew/test-endpoint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpLLM } from '../src/index.ts';

describe('a private authority (threat 56)', async () => {
  const [known, own] = await Promise.all([createAuthority(), createAuthority()]);
  const byDefault = getCACertificates('default');
  // What the system trusts, for the length of this file.
  beforeAll(() => setDefaultCACertificates([known.certificate]));
  afterAll(() => setDefaultCACertificates(byDefault));

  it('is trusted beside those that the system trusts', async () => {
    for (const authority of [known, own]) {
      await using endpoint = await startEndpoint({ tls: { authority }, respond: () => text('Hello') });
      await using llm = new HttpLLM({ endpoint: endpoint.url, ca: own.certificate });
      expect(await llm.call('Hello')).toBe('Hello');
    }
  });

  it('stands in their place only with caMode: replace', async () => {
    await using endpoint = await startEndpoint({ tls: { authority: known }, respond: () => text('Hello') });
    await using plain = new HttpLLM({ endpoint: endpoint.url });
    expect(await plain.call('Hello')).toBe('Hello');
    await using replacing = new HttpLLM({ endpoint: endpoint.url, ca: own.certificate, caMode: 'replace' });
    await expect(replacing.call('Hello')).rejects.toMatchObject({ code: 'CONNECTION' });
    expect(endpoint.requests).toHaveLength(1);
  });
});
