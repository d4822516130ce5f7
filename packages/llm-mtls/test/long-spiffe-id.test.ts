import { ConfigurationError } from '@crew/core';
import { describe, expect, test } from 'vitest';
import { clientCertificate } from '../src/index.ts';
import { createPki } from './fixtures/pki.ts';

describe('an expected SPIFFE ID', () => {
  test('has at most 2,048 characters (SPIFFE-ID, section 2.3)', async () => {
    const { client } = await createPki();
    const { chain: cert, key } = await client({ commonName: 'crew' });
    const start = 'spiffe://example.org/';
    const expecting = (length: number) => () =>
      clientCertificate({ cert, key, serverSpiffeId: start + 'a'.repeat(length - start.length) });
    expect(expecting(2048)).not.toThrow();
    expect(expecting(2049)).toThrow(ConfigurationError);
  });
});
