import { X509Certificate } from 'node:crypto';
import { materialError } from './material-error.ts';

const BEGIN = '-----BEGIN';
const LABEL = /^ ([A-Z0-9 ]{1,100})-----/u;
/** More than any chain or bundle of authorities has; reading goes on no further. */
const LARGEST = 1_048_576;

/** The certificates of a PEM text (RFC 7468, section 5), in its order. Other blocks, a key say, are passed over. */
export function readCertificates(pem: unknown, what: string): X509Certificate[] {
  const blocks = blocksOf(pem, what).filter(({ label }) => label === 'CERTIFICATE' || label === 'X509 CERTIFICATE');
  if (blocks.length === 0) throw materialError(`${what} has no PEM certificate: no block named "CERTIFICATE".`);
  return blocks.map(({ text }, index) => {
    try {
      return new X509Certificate(text);
    } catch {
      throw materialError(`${what}: certificate ${index + 1} of ${blocks.length} is damaged. Was it copied whole?`);
    }
  });
}

/** The one private key of a PEM text (RFC 7468, sections 10 and 11, and OpenSSL's older forms). */
export function keyBlock(pem: unknown, what: string): { readonly text: string; readonly isEncrypted: boolean } {
  const blocks = blocksOf(pem, what).filter(({ label }) => label.endsWith('PRIVATE KEY'));
  const [block] = blocks;
  if (block === undefined) throw materialError(`${what} has no PEM private key: no block named "PRIVATE KEY".`);
  if (blocks.length > 1) throw materialError(`${what} has ${blocks.length} private keys. Keep the one to use.`);
  const { label, text } = block;
  return { text, isEncrypted: label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: 4,ENCRYPTED/mu.test(text) };
}

function blocksOf(pem: unknown, what: string): { readonly label: string; readonly text: string }[] {
  if (typeof pem !== 'string') throw materialError(`${what} must be PEM text, not a ${typeof pem}.`);
  if (pem.length > LARGEST) throw materialError(`${what} is larger than 1 MiB.`);
  const begun = pem.split(BEGIN).slice(1);
  const blocks = begun.flatMap(text => completeBlock(text) ?? []);
  // A file that is still being written ends somewhere: a chain without its last certificate would be put into use.
  if (begun.length !== blocks.length || endsInMarker(pem)) {
    throw materialError(`${what} has a PEM block without its end. Was it copied, or written, whole?`);
  }
  return blocks;
}

/** The block that begins before `text`, up to its end marker; undefined if it has none. */
function completeBlock(text: string): { readonly label: string; readonly text: string } | undefined {
  const label = LABEL.exec(text)?.[1];
  const end = `-----END ${label}-----`;
  const at = label === undefined ? -1 : text.indexOf(end);
  return label === undefined || at === -1 ? undefined : { label, text: BEGIN + text.slice(0, at + end.length) };
}

/** Whether the text ends within the beginning of another block. */
function endsInMarker(pem: string): boolean {
  const line = pem.slice(pem.lastIndexOf('\n') + 1);
  return line !== '' && BEGIN.startsWith(line);
}
