import { describe, expect, it } from 'vitest';
import { countSteps } from '../../../../test-support/count-steps.ts';
import { type ClientCertificateOptions, clientCertificate } from '../../src/index.ts';
import { der, integer, octets, oid, sequence } from '../fixtures/der.ts';
import { createPki, pemOf } from '../fixtures/pki.ts';

const { client } = await createPki();
const good = pemOf(await client());

describe('the work for reading certificates and keys', () => {
  it.each<[string, (count: number) => ClientCertificateOptions]>([
    ['text before the certificate', n => ({ ...good, cert: 'text '.repeat(n) + good.cert })],
    ['beginnings of blocks', n => ({ ...good, cert: good.cert + '-----BEGIN A-----\n'.repeat(n) })],
    ['beginnings without a label', n => ({ ...good, cert: good.cert + '-----BEGIN '.repeat(n) })],
    ['ends of blocks', n => ({ ...good, cert: `${good.cert}-----BEGIN A-----\n${'-----END B-----\n'.repeat(n)}` })],
    ['a label without an end', n => ({ ...good, cert: `${good.cert}-----BEGIN ${'A '.repeat(n)}` })],
    ['dashes', n => ({ ...good, cert: good.cert + '-'.repeat(n) })],
    ['other blocks', n => ({ ...good, cert: good.cert + '-----BEGIN A-----\nAAAA\n-----END A-----\n'.repeat(n) })],
    ['certificates that do not belong together', n => ({ ...good, cert: good.cert.repeat(n / 50) })],
    ['nested structures', n => ({ pkcs12: Buffer.from('3080'.repeat(n), 'hex') })],
    ['structures of known length', n => ({ pkcs12: nested(n / 20) })],
    ['elements', n => ({ pkcs12: sequence(...Array.from({ length: n }, () => der(0x05))) })],
    ['pieces of an octet string', n => ({ pkcs12: inPieces(n) })],
  ])('is linear in the length of %s [X32]', async (_what, options) => {
    const read = (count: number) => () => {
      try {
        clientCertificate(options(count));
      } catch {
        // Rejected after some work.
      }
    };
    read(400)();
    const small = await countSteps(read(400));
    const large = await countSteps(read(3_200));
    expect(large / small).toBeLessThanOrEqual(10);
  });
});

function nested(depth: number): Buffer {
  let structure = der(0x05);
  for (let level = 0; level < depth; level += 1) structure = sequence(structure);
  return structure;
}

/** Returns a file whose content is an octet string of many pieces (BER, X.690, section 8.7.3.2). */
function inPieces(count: number): Buffer {
  const content = der(0x24, ...Array.from({ length: count }, () => octets(Buffer.from('0500', 'hex'))));
  return sequence(integer(3), sequence(oid('1.2.840.113549.1.7.1'), der(0xa0, content)));
}
