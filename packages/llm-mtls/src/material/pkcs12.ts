import { createDecipheriv, createPrivateKey, type KeyObject, pbkdf2Sync, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { CredentialError } from '@crew/core';
import { Asn1Node } from './asn1-node.ts';
import { DerivationBudget, PBES2, PBKDF2 } from './key-derivation.ts';
import { materialError } from './material.ts';

/** Content of a PKCS#12 file. */
export interface Pkcs12Content {
  readonly key: KeyObject;
  /** In the file's order. */
  readonly certificates: readonly X509Certificate[];
}

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const KEY_BAG = '1.2.840.113549.1.12.10.1.1';
const ENCRYPTED_KEY_BAG = '1.2.840.113549.1.12.10.1.2';
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3';
const NESTED_BAGS = '1.2.840.113549.1.12.10.1.6';
/** Hash functions of PBKDF2 (RFC 8018, appendix B.1). */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
]);
const CIPHERS: ReadonlyMap<string, { readonly name: string; readonly keyLength: number }> = new Map([
  ['2.16.840.1.101.3.4.1.2', { name: 'aes-128-cbc', keyLength: 16 }],
  ['2.16.840.1.101.3.4.1.22', { name: 'aes-192-cbc', keyLength: 24 }],
  ['2.16.840.1.101.3.4.1.42', { name: 'aes-256-cbc', keyLength: 32 }],
]);
/** Largest accepted file, in bytes. */
const MAX_BYTES = 1_048_576;

/**
 * Reads a PKCS#12 file (RFC 7292) with modern encryption: PBES2 with AES (RFC 8018). OpenSSL verifies the file and decrypts
 * the key, after the work that the file requires was found to be acceptable.
 *
 * @throws {CredentialError} that distinguishes a wrong passphrase, a damaged file, and a legacy file, which it explains how to
 * convert.
 */
export function readPkcs12(bytes: unknown, passphrase: string | undefined, label: string): Pkcs12Content {
  if (!(bytes instanceof Uint8Array))
    throw materialError(`${label} must be a Uint8Array with the content of a PKCS#12 file.`);
  if (bytes.length > MAX_BYTES) throw materialError(`${label} is larger than 1 MiB.`);
  const password = passphrase ?? '';
  const bags = readBags(bytes, password, label);
  // OpenSSL decides, and detects a wrong passphrase by the MAC.
  verifyByOpenssl(bytes, passphrase, label);
  if (bags instanceof Error) throw toMaterialError(bags, label);
  const keys = bags.filter(bag => [KEY_BAG, ENCRYPTED_KEY_BAG].includes(bag.child(0).oid));
  const [key] = keys;
  if (key === undefined) throw materialError(`${label} has no private key.`);
  if (keys.length > 1) throw materialError(`${label} has ${keys.length} private keys. Export only the one to use.`);
  const certificates = bags.filter(bag => bag.child(0).oid === CERTIFICATE_BAG).map(readCertificate);
  return { key: readKey(key, password, label), certificates };
}

/** Loads the file with the TLS library, which checks the MAC and therefore the passphrase. */
function verifyByOpenssl(bytes: Uint8Array, passphrase: string | undefined, label: string): void {
  try {
    createSecureContext({ pfx: Buffer.from(bytes), ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (thrown) {
    throw toMaterialError(thrown, label);
  }
}

/**
 * Reads the bags of a file. Returns an error if a part cannot be decrypted, as with a wrong passphrase: OpenSSL fails at the
 * same part, with a better reason.
 *
 * @throws {CredentialError} if the file cannot be read for another reason, or requires too much work.
 */
function readBags(bytes: Uint8Array, password: string, label: string): readonly Asn1Node[] | Error {
  const budget = new DerivationBudget(label);
  try {
    const [, authenticated, mac] = Asn1Node.read(bytes).children;
    if (authenticated === undefined) throw new Error('no content');
    if (mac !== undefined) budget.spendForMac(mac);
    const contents = Asn1Node.read(authenticated.child(1).child(0).octets).children;
    const bags = contents.flatMap(content => bagsOfPart(content, password, { label, budget }));
    for (const bag of bags) {
      if (bag.child(0).oid === ENCRYPTED_KEY_BAG) budget.spendFor(bag.child(1).child(0).child(0));
    }
    return bags;
  } catch (thrown) {
    if (thrown instanceof UndecryptableError) return thrown;
    throw toMaterialError(thrown, label);
  }
}

class UndecryptableError extends Error {}

interface FileContext {
  readonly label: string;
  readonly budget: DerivationBudget;
}

function bagsOfPart(content: Asn1Node, password: string, file: FileContext): readonly Asn1Node[] {
  const type = content.child(0).oid;
  if (type === DATA) return flattenBags(Asn1Node.read(content.child(1).child(0).octets));
  if (type !== ENCRYPTED_DATA) throw new Error('a part is encrypted for a public key');
  const encrypted = content.child(1).child(0).child(1);
  return flattenBags(Asn1Node.read(decrypt(encrypted.child(1), encrypted.child(2).octets, password, file)));
}

function flattenBags(bags: Asn1Node): readonly Asn1Node[] {
  return bags.children.flatMap(bag => (bag.child(0).oid === NESTED_BAGS ? flattenBags(bag.child(1).child(0)) : [bag]));
}

/** Decrypts a part by PBES2 (RFC 8018, section 6.2). */
function decrypt(algorithm: Asn1Node, data: Uint8Array, password: string, { label, budget }: FileContext): Uint8Array {
  if (algorithm.child(0).oid !== PBES2) throw legacyError(label);
  const [derivation, encryption] = algorithm.child(1).children;
  const cipher = CIPHERS.get(encryption?.child(0).oid ?? '');
  if (derivation?.child(0).oid !== PBKDF2 || encryption === undefined || cipher === undefined) throw legacyError(label);
  const [salt, iterations, ...rest] = derivation.child(1).children;
  const hashId = rest.at(-1)?.children[0]?.oid ?? '1.2.840.113549.2.7';
  const hash = HASHES.get(hashId);
  if (salt === undefined || iterations === undefined || hash === undefined) throw new Error('unknown key derivation');
  budget.spend(iterations.integer);
  const key = pbkdf2Sync(password, salt.octets, iterations.integer, cipher.keyLength, hash);
  const decipher = createDecipheriv(cipher.name, key, encryption.child(1).octets);
  try {
    return Buffer.concat([decipher.update(data), decipher.final()]);
  } catch {
    throw new UndecryptableError('a part cannot be decrypted');
  }
}

function readKey(bag: Asn1Node, password: string, label: string): KeyObject {
  const info = bag.child(1).child(0);
  const isEncrypted = bag.child(0).oid === ENCRYPTED_KEY_BAG;
  if (isEncrypted && info.child(0).child(0).oid !== PBES2) throw legacyError(label);
  try {
    const der = { key: Buffer.from(info.encoded), format: 'der', type: 'pkcs8' } as const;
    return createPrivateKey(isEncrypted ? { ...der, passphrase: password } : der);
  } catch (thrown) {
    throw toMaterialError(thrown, label);
  }
}

function readCertificate(bag: Asn1Node): X509Certificate {
  return new X509Certificate(Buffer.from(bag.child(1).child(0).child(1).child(0).octets));
}

function toMaterialError(thrown: unknown, label: string): Error {
  const message = thrown instanceof Error ? thrown.message : '';
  if (CredentialError.isInstance(thrown)) return thrown;
  if (/mac verify failure/iu.test(message)) {
    return materialError(`${label} cannot be opened: the passphrase is missing or wrong.`);
  }
  if (/too small|too weak/iu.test(message)) {
    return materialError(`${label} has a key or a certificate that is too weak for TLS (OpenSSL: ${message}).`);
  }
  if (/unsupported pkcs12/iu.test(message)) return legacyError(label);
  if (/private key from PFX/iu.test(message)) return materialError(`${label} has no private key.`);
  if (/certificate from PFX/iu.test(message)) return materialError(`${label} has no certificate.`);
  return materialError(`${label} is not a readable PKCS#12 file. Check that it is not PEM and not damaged.`);
}

function legacyError(label: string): Error {
  return materialError(
    `${label} is encrypted with RC2 or 3DES, which OpenSSL 3 treats as legacy. Convert it once: ` +
      '`openssl pkcs12 -legacy -in old.p12 -nodes -out all.pem`, then ' +
      '`openssl pkcs12 -export -in all.pem -out new.p12`, and delete all.pem.',
  );
}
