import { createPrivateKey, type KeyObject } from 'node:crypto';
import { CredentialError } from '@crew/core';
import { Asn1Node } from './asn1-node.ts';
import { DerivationBudget } from './key-derivation.ts';
import { materialError } from './material-error.ts';
import { keyBlock } from './pem.ts';

/** End of the first line of an encrypted PKCS#8 key. */
const ENCRYPTED = ' ENCRYPTED PRIVATE KEY-----';
/** RSA keys below this many bits are too weak (NIST SP 800-131A). */
const LEAST_RSA_BITS = 2048;
/** The curves that TLS certificates may use (RFC 8446, section 4.2.3). */
const CURVES: readonly (string | undefined)[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/** Reads a private key, decrypting it when it is encrypted. No error repeats any part of key or passphrase. */
export function readPrivateKey(pem: unknown, passphrase: string | undefined, what: string): KeyObject {
  const { text, isEncrypted } = keyBlock(pem, what);
  if (!isEncrypted) return parse({ key: text, format: 'pem' }, what);
  if (passphrase === undefined) throw materialError(`${what} is encrypted. Give its \`passphrase\`.`);
  checkDerivation(text, what);
  try {
    return createPrivateKey({ key: text, format: 'pem', passphrase });
  } catch (thrown) {
    if (isUnsupported(thrown)) {
      throw materialError(
        `${what} is encrypted in a way that OpenSSL 3 no longer reads. Convert it: ` +
          '`openssl pkcs8 -topk8 -v2 aes-256-cbc -in old.pem -out new.pem` (with an OpenSSL that still reads it).',
      );
    }
    throw undecryptable(what);
  }
}

/** Checks the work for an encrypted PKCS#8 key (RFC 5958, section 3). In the older forms of OpenSSL it is one round. */
function checkDerivation(pem: string, what: string): void {
  const [, base64] = pem.split(ENCRYPTED);
  if (base64 === undefined) return;
  try {
    const info = Asn1Node.read(Buffer.from(base64, 'base64'));
    new DerivationBudget(what).spendFor(info.child(0));
  } catch (thrown) {
    if (CredentialError.isInstance(thrown)) throw thrown;
    throw undecryptable(what);
  }
}

function undecryptable(what: string): CredentialError {
  return materialError(`${what} cannot be decrypted: the passphrase is wrong, or the file is damaged.`);
}

/** @throws {CredentialError} when a server would refuse such a key, or should. */
export function checkStrength(key: KeyObject, what: string): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519' || type === 'ed448') return;
  if (type === 'rsa' || type === 'rsa-pss') {
    const bits = details?.modulusLength ?? 0;
    if (bits >= LEAST_RSA_BITS) return;
    throw materialError(`${what} has an RSA key of ${bits} bits, which is too weak. Use at least ${LEAST_RSA_BITS}.`);
  }
  if (type === 'ec' && CURVES.includes(details?.namedCurve)) return;
  const name = type === 'ec' ? `a key on the curve ${details?.namedCurve}` : `a ${type} key`;
  throw materialError(`${what} has ${name}, which TLS does not use. Use RSA, P-256, P-384, P-521 or Ed25519.`);
}

function parse(input: Parameters<typeof createPrivateKey>[0], what: string): KeyObject {
  try {
    return createPrivateKey(input);
  } catch {
    throw materialError(`${what} is no private key that OpenSSL reads. Was it copied whole?`);
  }
}

function isUnsupported(thrown: unknown): boolean {
  return thrown instanceof Error && /unsupported|unknown (?:cipher|pbe)/iu.test(thrown.message);
}
