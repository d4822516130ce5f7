import { Asn1Node } from './asn1-node.ts';
import { materialError } from './material.ts';

/** A subject alternative name (RFC 5280, section 4.2.1.6). */
export interface AlternativeName {
  readonly type: 'dns' | 'ip' | 'uri' | 'email' | 'other';
  readonly value: string;
}

/** Parts of a certificate that Node's X509Certificate does not provide, or only as a string that has to be parsed. */
export interface Extensions {
  readonly alternativeNames: readonly AlternativeName[];
  /** Undefined without the extension: the key may then be used for everything. */
  readonly keyUsage: KeyUsage | undefined;
  /** Object identifiers of the extended key usage. Undefined without the extension. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** Object identifier of the algorithm with which the certificate was signed. */
  readonly signatureAlgorithm: string;
}

/** Permitted uses of the key (RFC 5280, section 4.2.1.3). */
export interface KeyUsage {
  readonly digitalSignature: boolean;
  readonly keyCertSign: boolean;
  readonly cRLSign: boolean;
}

const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const KEY_USAGE = '2.5.29.15';
const EXTENDED_KEY_USAGE = '2.5.29.37';
/** Context tag of the extensions of a certificate (RFC 5280, section 4.1). */
const EXTENSIONS_TAG = 3;
/** Maximum number of alternative names of one certificate. */
const MAX_NAMES = 1_000;
/** Type of a `GeneralName` by its context tag. */
const NAME_TYPES: ReadonlyMap<number | undefined, AlternativeName['type']> = new Map([
  [1, 'email'],
  [2, 'dns'],
  [6, 'uri'],
  [7, 'ip'],
]);

/**
 * Reads the extensions of a certificate (DER). Throws an ordinary `Error` if it does not have the structure of RFC 5280.
 *
 * @throws {CredentialError} if it has more than 1,000 alternative names.
 */
export function readExtensions(certificate: Uint8Array): Extensions {
  const [body, algorithm] = Asn1Node.read(certificate).children;
  if (body === undefined || algorithm === undefined) throw new Error('not a certificate');
  const byId = new Map<string, Asn1Node>();
  const list = body.children.find(member => member.contextTag === EXTENSIONS_TAG)?.child(0).children ?? [];
  for (const extension of list) {
    const value = extension.child(extension.child(1).isBoolean ? 2 : 1);
    byId.set(extension.child(0).oid, Asn1Node.read(value.octets));
  }
  const names = byId.get(SUBJECT_ALTERNATIVE_NAME)?.children ?? [];
  if (names.length > MAX_NAMES) {
    throw materialError(`The certificate has ${names.length} alternative names; at most ${MAX_NAMES} are allowed.`);
  }
  return {
    alternativeNames: names.map(readName),
    keyUsage: readKeyUsage(byId.get(KEY_USAGE)),
    extendedKeyUsage: byId.get(EXTENDED_KEY_USAGE)?.children.map(usage => usage.oid),
    signatureAlgorithm: algorithm.child(0).oid,
  };
}

function readName(name: Asn1Node): AlternativeName {
  const type = NAME_TYPES.get(name.contextTag) ?? 'other';
  if (type === 'other') return { type, value: '' };
  return { type, value: type === 'ip' ? formatAddress(name.octets) : Buffer.from(name.octets).toString('latin1') };
}

function formatAddress(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const hex = Buffer.from(octets).toString('hex');
  return (hex.match(/.{1,4}/gu) ?? []).map(group => Number.parseInt(group, 16).toString(16)).join(':');
}

function readKeyUsage(extension: Asn1Node | undefined): KeyUsage | undefined {
  if (extension === undefined) return undefined;
  // The first bit is the most significant one.
  const [first = 0] = extension.bits;
  return {
    digitalSignature: (first & 0x80) !== 0,
    keyCertSign: (first & 0x04) !== 0,
    cRLSign: (first & 0x02) !== 0,
  };
}
