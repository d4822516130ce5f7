import type { Asn1Node } from './asn1-node.ts';
import { materialError } from './material.ts';

/** Password-based encryption (RFC 8018, appendix A.4). */
export const PBES2 = '1.2.840.113549.1.5.13';
/** Password-based authentication (RFC 8018, appendix A.5). */
const PBMAC1 = '1.2.840.113549.1.5.14';
/** Key derivation function 2 (RFC 8018, appendix A.2). */
export const PBKDF2 = '1.2.840.113549.1.5.12';
/** The scrypt key derivation function (RFC 7914, section 7). */
const SCRYPT = '1.3.6.1.4.1.11591.4.11';

/** Maximum rounds of key derivation for one file or key: a second or two of work. A few thousand are usual. */
const MAX_ROUNDS = 2_000_000;

/**
 * A budget of key derivation rounds for one file. The file itself specifies the number of rounds, up to 2,147,483,647 for each
 * of its parts, and OpenSSL performs all of them, which blocks the event loop. So they are counted before OpenSSL reads the file.
 */
export class DerivationBudget {
  readonly #label: string;
  #remaining = MAX_ROUNDS;

  constructor(label: string) {
    this.#label = label;
  }

  /**
   * Counts the rounds for an encrypted part by the identifier of its algorithm.
   *
   * @throws {CredentialError} if the file requires too many rounds.
   * @throws {Error} if the number of rounds cannot be read.
   */
  spendFor(algorithm: Asn1Node): void {
    this.spend(roundsOf(algorithm));
  }

  /** Counts the rounds for the MAC of a PKCS#12 file (RFC 7292, section 4; RFC 9579). */
  spendForMac(mac: Asn1Node): void {
    const [digest, , rounds] = mac.children;
    this.spend(rounds?.integer ?? 1);
    const algorithm = digest?.child(0);
    if (algorithm?.child(0).oid === PBMAC1) this.spendFor(algorithm);
  }

  /** Counts rounds, as `spendFor` does. */
  spend(rounds: number): void {
    if (!(rounds >= 1)) throw new Error('expected a number of rounds');
    this.#remaining -= rounds;
    if (this.#remaining >= 0) return;
    throw materialError(
      `${this.#label} requires more than ${MAX_ROUNDS} rounds of key derivation, which would block the program. Export it ` +
        'again with fewer rounds, such as the default of openssl.',
    );
  }
}

function roundsOf(algorithm: Asn1Node): number {
  const parameters = algorithm.child(1);
  // The older schemes have the parameters salt and rounds.
  if (![PBES2, PBMAC1].includes(algorithm.child(0).oid)) return parameters.child(1).integer;
  const derivation = parameters.child(0);
  const [salt, first, ...rest] = derivation.child(1).children;
  if (salt === undefined || first === undefined) throw new Error('the key derivation has no parameters');
  const id = derivation.child(0).oid;
  if (id === PBKDF2) return first.integer;
  if (id !== SCRYPT) throw new Error('unknown key derivation');
  const [blockSize, parallelization] = rest;
  return first.integer * (blockSize?.integer ?? 1) * (parallelization?.integer ?? 1);
}
