import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { CredentialError } from '@crew/core';
import { Asn1Node } from './asn1-node.ts';
import { DerivationBudget } from './key-derivation.ts';
import { materialError } from './material.ts';

const BEGIN = '-----BEGIN';
const DASHES = '-----';
const LABEL = /^[A-Z0-9 ]{1,64}$/u;
/** End of the first line of an encrypted PKCS#8 key. */
const ENCRYPTED = ' ENCRYPTED PRIVATE KEY-----';
/** Largest accepted PEM, in characters: larger than any chain or bundle of authorities. */
const MAX_LENGTH = 1_048_576;

/** Reads the certificates of a PEM (RFC 7468, section 5) in their order. Other blocks, such as a key, are skipped. */
export function readCertificates(pem: unknown, label: string): X509Certificate[] {
  const blocks = readBlocks(pem, label).filter(({ type }) => type === 'CERTIFICATE' || type === 'X509 CERTIFICATE');
  if (blocks.length === 0) throw materialError(`${label} has no PEM certificate: no block named "CERTIFICATE".`);
  return blocks.map(({ text }, index) => {
    try {
      return new X509Certificate(text);
    } catch {
      throw materialError(
        `${label}: certificate ${index + 1} of ${blocks.length} is damaged. Check that it was copied completely.`,
      );
    }
  });
}

/**
 * Reads the private key of a PEM (RFC 7468, sections 10 and 11, and OpenSSL's older forms), and decrypts it if it is
 * encrypted. No error shows any part of the key or the passphrase.
 */
export function readPrivateKey(pem: unknown, passphrase: string | undefined, label: string): KeyObject {
  const text = readKeyBlock(pem, label);
  if (!isEncrypted(text)) return parseKey(text, label);
  if (passphrase === undefined) throw materialError(`${label} is encrypted. Set its \`passphrase\`.`);
  checkDerivation(text, label);
  try {
    return createPrivateKey({ key: text, format: 'pem', passphrase });
  } catch (thrown) {
    if (isUnsupported(thrown)) {
      throw materialError(
        `${label} is encrypted in a form that OpenSSL 3 no longer reads. Convert it: ` +
          '`openssl pkcs8 -topk8 -v2 aes-256-cbc -in old.pem -out new.pem` (with an OpenSSL that still reads it).',
      );
    }
    throw undecryptableError(label);
  }
}

function readKeyBlock(pem: unknown, label: string): string {
  const blocks = readBlocks(pem, label).filter(({ type }) => type.endsWith('PRIVATE KEY'));
  const [block] = blocks;
  if (block === undefined) throw materialError(`${label} has no PEM private key: no block named "PRIVATE KEY".`);
  if (blocks.length > 1) throw materialError(`${label} has ${blocks.length} private keys. Keep only the one to use.`);
  return block.text;
}

function isEncrypted(key: string): boolean {
  return key.startsWith(`${BEGIN}${ENCRYPTED}`) || /^Proc-Type: 4,ENCRYPTED/mu.test(key);
}

function parseKey(text: string, label: string): KeyObject {
  try {
    return createPrivateKey({ key: text, format: 'pem' });
  } catch {
    throw materialError(`${label} is not a private key that OpenSSL reads. Check that it was copied completely.`);
  }
}

/** Checks the work for an encrypted PKCS#8 key (RFC 5958, section 3). The older forms of OpenSSL use a single round. */
function checkDerivation(pem: string, label: string): void {
  const [, base64] = pem.split(ENCRYPTED);
  if (base64 === undefined) return;
  try {
    const info = Asn1Node.read(Buffer.from(base64, 'base64'));
    new DerivationBudget(label).spendFor(info.child(0));
  } catch (thrown) {
    if (CredentialError.isInstance(thrown)) throw thrown;
    throw undecryptableError(label);
  }
}

function undecryptableError(label: string): CredentialError {
  return materialError(`${label} cannot be decrypted: the passphrase is wrong, or the file is damaged.`);
}

function isUnsupported(thrown: unknown): boolean {
  return thrown instanceof Error && /unsupported|unknown (?:cipher|pbe)/iu.test(thrown.message);
}

interface PemBlock {
  /** Label of the block, such as `CERTIFICATE`. */
  readonly type: string;
  readonly text: string;
}

function readBlocks(pem: unknown, label: string): PemBlock[] {
  if (typeof pem !== 'string') throw materialError(`${label} must be a PEM string, not a ${typeof pem}.`);
  if (pem.length > MAX_LENGTH) throw materialError(`${label} is larger than 1 MiB.`);
  const parts = pem.split(`${BEGIN} `).slice(1);
  const blocks = parts.map(parseBlock).filter(block => block !== undefined);
  // A file that is being written can end anywhere: without this check a chain without its last certificate would be used.
  const begins = pem.split(BEGIN).length - 1;
  if (begins !== blocks.length || endsInMarker(pem)) {
    throw materialError(`${label} has a PEM block without its end. Check that it was copied or written completely.`);
  }
  return blocks;
}

/** Parses the block at the start of a part of a PEM, which starts with the label of the block. */
function parseBlock(part: string): PemBlock | undefined {
  const type = part.slice(0, part.indexOf(DASHES));
  if (!LABEL.test(type)) return undefined;
  const end = `${DASHES}END ${type}${DASHES}`;
  const index = part.indexOf(end, type.length + DASHES.length);
  return index === -1 ? undefined : { type, text: `${BEGIN} ${part.slice(0, index + end.length)}` };
}

/** Returns true if the string ends within the marker of another block. */
function endsInMarker(pem: string): boolean {
  const line = pem.slice(pem.lastIndexOf('\n') + 1);
  return line !== '' && BEGIN.startsWith(line);
}
