import { type Clock, ConfigurationError, copyOptions, systemClock } from '@crew/core';
import type { Secret } from '@crew/llm-http';
import { Secret as OtpSecret, TOTP, URI } from 'otpauth';
import { secretReader } from './login.ts';

/** Options of `totp`. */
export interface TotpOptions {
  /** Number of digits of a code. Default: the value of the URI, or 6. */
  readonly digits?: number | undefined;
  /** Time for which a code is valid, in seconds. Default: the value of the URI, or 30. */
  readonly period?: number | undefined;
  /** Hash algorithm. Default: the value of the URI, or `SHA1`. */
  readonly algorithm?: 'SHA1' | 'SHA256' | 'SHA512' | undefined;
  /** Source of the time. Default: the clock of the machine. */
  readonly clock?: Clock | undefined;
}

/**
 * Returns a function that generates one-time codes (TOTP, RFC 6238) from a secret shared with the server, for the `otp` option
 * of a session. The secret is in base32, the format of authenticator apps, or an `otpauth://totp/` URI. Each code is returned
 * only once, because servers accept it only once (RFC 6238, section 5.2): a call that comes too early waits for the next code,
 * at most one period.
 *
 * @example
 * ```ts
 * import { totp } from '@crew/llm-session';
 *
 * const otp = totp('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
 * console.log(await otp({ signal: AbortSignal.timeout(60_000) })); // such as 287082
 * ```
 *
 * @throws {ConfigurationError} for an invalid secret: at once if it is a string, otherwise from the returned function.
 */
export function totp(
  secret: Secret,
  options: TotpOptions = {},
): (context: { readonly signal: AbortSignal }) => Promise<string> {
  const copy = copyOptions(options);
  const { clock = systemClock } = copy;
  const read = secretReader(secret, 'The TOTP secret');
  if (typeof secret === 'string') createGenerator(secret, copy);
  let latest = Number.NEGATIVE_INFINITY;
  return async ({ signal }) => {
    const generator = createGenerator(await read(signal), copy);
    const length = generator.period * 1000;
    let now = clock.wall();
    const step = Math.max(Math.floor(now / length), latest + 1);
    // Set before the wait, so that two concurrent calls get two codes.
    latest = step;
    if (step * length > now) {
      await clock.sleep(step * length - now, signal);
      now = Math.max(clock.wall(), step * length);
    }
    return generator.generate({ timestamp: now });
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
    throw new ConfigurationError(
      'The TOTP secret is neither base32 nor an otpauth://totp/ URI. Copy it from the settings of the account.',
    );
  }
  throw new ConfigurationError(
    'The TOTP secret is an otpauth URI of another type. Use a URI that starts with otpauth://totp/.',
  );
}
