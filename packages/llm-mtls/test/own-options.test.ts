import { detectPrototypePollution } from '@crew/llm-testkit';
import { describe, expect, it } from 'vitest';
import { OPTION_NAMES } from '../src/client-certificate-options.ts';
import { clientCertificate, MtlsLLM } from '../src/index.ts';
import { temporaryFolder } from './fixtures/folder.ts';
import { createScene, put } from './fixtures/scene.ts';

const { first, start } = await createScene();

describe('options', () => {
  it('are never read from Object.prototype [X27]', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const values = { cert: first.chain, key: first.key };
    const reads = await detectPrototypePollution(Object.keys(OPTION_NAMES), '/llm-mtls/src/', async () => {
      for (const options of [values, put(folder, first), { load: async () => values }]) {
        clientCertificate(options);
        await using llm = new MtlsLLM({ endpoint: endpoint.url, ca: endpoint.ca, ...options });
        expect(await llm.call('Hello')).toBeTypeOf('string');
      }
    });
    expect(reads).toEqual([]);
  });
});
