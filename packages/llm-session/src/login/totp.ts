import { type Clock, ConfigurationError, copyOptions, systemClock } from '@crew/core';
import type { Secret } from '@crew/llm-http';
import { Secret as OtpSecret, TOTP, URI } from 'otpauth';
import { secretReader } from './login.ts';

/** What `totp` may be given. */
export interface TotpOptions {
  /** Digits of a code. Default 6, or as the URI says. */
  readonly digits?: number | undefined;
  /** Seconds for which a code is good. Default 30, or as the URI says. */
  readonly period?: number | undefined;
  /** Default `SHA1`, or as the URI says. */
  readonly algorithm?: 'SHA1' | 'SHA256' | 'SHA512' | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Codes from a secret that is shared with the server (TOTP, RFC 6238), for a session's `otp`. The secret is in base32,
 * as authenticator apps take it, or an `otpauth://totp/` URI. No code is given twice, because servers accept each one
 * once (RFC 6238, section 5.2): asked again too early, it waits for the next, a period at most.
 *
 * @throws {ConfigurationError} at once for a wrong secret given as a string; from the returned function otherwise.
 */
export function totp(
  secret: Secret,
  options: TotpOptions = {},
): (context: { readonly signal: AbortSignal }) => Promise<string> {
  const own = copyOptions(options);
  const { clock = systemClock } = own;
  const read = secretReader(secret, 'The TOTP secret');
  if (typeof secret === 'string') createGenerator(secret, own);
  let last = Number.NEGATIVE_INFINITY;
  return async ({ signal }) => {
    const codes = createGenerator(await read(signal), own);
    const length = codes.period * 1000;
    let now = clock.wall();
    const step = Math.max(Math.floor(now / length), last + 1);
    // Taken before the wait, so that two callers at once get two codes.
    last = step;
    if (step * length > now) {
      await clock.sleep(step * length - now, signal);
      now = Math.max(clock.wall(), step * length);
    }
    return codes.generate({ timestamp: now });
  };
}

function createGenerator(text: string, { digits, period, algorithm }: TotpOptions): TOTP {
  try {
    if (!text.startsWith('otpauth://')) {
      const secret = OtpSecret.fromBase32(text.replace(/[\s-]/g, ''));
      if (secret.bytes.length === 0) throw new TypeError('empty');
      return new TOTP({ secret, digits: digits ?? 6, period: period ?? 30, algorithm: algorithm ?? 'SHA1' });
    }
    const parsed = URI.parse(text);
    if (parsed instanceof TOTP) return parsed;
  } catch {
    // The library's error may quote the secret.
    throw new ConfigurationError('The TOTP secret is neither base32 nor an otpauth://totp/ URI.');
  }
  throw new ConfigurationError('The TOTP secret is an otpauth URI of another kind than totp.');
}
