import type { Asn1Node } from './asn1-node.ts';
import { materialError } from './material-error.ts';

/** Password-based encryption (RFC 8018, appendix A.4). */
export const PBES2 = '1.2.840.113549.1.5.13';
/** Password-based authentication (RFC 8018, appendix A.5). */
const PBMAC1 = '1.2.840.113549.1.5.14';
export const PBKDF2 = '1.2.840.113549.1.5.12';
/** RFC 7914, section 7. */
const SCRYPT = '1.3.6.1.4.1.11591.4.11';

/** Most rounds of key derivation for one file or key, together: a second or two of work. Usual are some thousands. */
const MOST_ROUNDS = 2_000_000;

/**
 * The rounds of key derivation that one file may cost. The file itself says how many it wants, up to 2,147,483,647 for each
 * of its parts, and OpenSSL makes them all, holding up the event loop: they are counted before it is given the file.
 */
export class DerivationBudget {
  readonly #what: string;
  #left = MOST_ROUNDS;

  constructor(what: string) {
    this.#what = what;
  }

  /**
   * Counts the rounds for an encrypted part, by the identifier of its algorithm.
   *
   * @throws {CredentialError} when the file wants too many. An ordinary `Error` when it does not say how many.
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

  spend(rounds: number): void {
    if (!(rounds >= 1)) throw new Error('no number of rounds');
    this.#left -= rounds;
    if (this.#left >= 0) return;
    throw materialError(
      `${this.#what} wants more than ${MOST_ROUNDS} rounds of key derivation, which would hold up the program. Export it ` +
        'again with fewer, such as the default of openssl.',
    );
  }
}

function roundsOf(algorithm: Asn1Node): number {
  const parameters = algorithm.child(1);
  // Of the older schemes: salt and rounds.
  if (![PBES2, PBMAC1].includes(algorithm.child(0).oid)) return parameters.child(1).integer;
  const derivation = parameters.child(0);
  const [salt, first, ...rest] = derivation.child(1).children;
  if (salt === undefined || first === undefined) throw new Error('no parameters of a key derivation');
  const id = derivation.child(0).oid;
  if (id === PBKDF2) return first.integer;
  if (id !== SCRYPT) throw new Error('unknown key derivation');
  const [blockSize, parallelization] = rest;
  return first.integer * (blockSize?.integer ?? 1) * (parallelization?.integer ?? 1);
}
