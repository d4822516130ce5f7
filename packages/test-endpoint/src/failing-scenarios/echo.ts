import type { RecordedRequest } from '../recorded-request.ts';

/** A request's path and headers, as a server may repeat them. */
export interface Echo {
  /** In every form, one after the other. */
  readonly all: string;
  readonly plain: string;
  readonly base64: string;
  readonly hex: string;
}

export function echoOf({ path, headers }: RecordedRequest): Echo {
  const plain = `${path} ${Object.values(headers).join(' ')}`;
  const [base64, hex] = [Buffer.from(plain).toString('base64'), Buffer.from(plain).toString('hex')];
  const base64url = Buffer.from(plain).toString('base64url');
  const forms = [plain, JSON.stringify(headers), base64, base64url, hex, hex.toUpperCase(), encodeURIComponent(plain)];
  return { all: forms.join(' | '), plain, base64, hex };
}
