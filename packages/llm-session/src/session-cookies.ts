import type { Clock } from '@crew/core';
import { Cookie, CookieJar, defaultPath, domainMatch, MemoryCookieStore, pathMatch } from 'tough-cookie';

/** Capacity that RFC 6265, section 6.1, requires of clients at least: bytes of a cookie, and number of cookies. */
const MAX_COOKIE_SIZE = 4096;
const MAX_COOKIES = 50;
/** Minimum length of a secret. Shorter values are words, such as a language: removing them would garble every text. */
export const MIN_SECRET_LENGTH = 8;
/** Maximum lifetime of a cookie, in seconds: 400 days, as in RFC 6265bis. */
const MAX_LIFETIME = 34_560_000;
/** Characters that a header can carry (RFC 9110, section 5.5), except the `;` that would start another cookie. */
const SENDABLE = /^[\x20-\x3a\x3c-\x7e]*$/;

/** Host names and addresses, up to the maximum length of a name (RFC 1035, section 2.3.4). */
const DOMAIN = /^[a-z0-9._:-]{1,255}$/i;
/** Paths that a cookie can have (RFC 6265, section 4.1.1), and that a URL leaves unchanged. */
const PATH = /^\/[\x21-\x3a\x3c-\x7e]{0,4095}$/;

/** The stored form of a cookie. */
export type StoredCookie = ReturnType<Cookie['toJSON']>;

/**
 * The cookies of one login, by a strict reading of RFC 6265, sections 5.3 and 5.4: no cookies for public suffixes, name
 * prefixes enforced in any case, Secure cookies only over https, even on loopback, and never replaced over http. At most 50
 * cookies of 4,096 bytes each are stored. Further cookies are dropped, because a server that keeps adding cookies would
 * otherwise evict the session cookie. A cookie that violates a rule is ignored, as the RFC requires.
 */
export class SessionCookies {
  readonly #clock: Clock;
  readonly #store = new MemoryCookieStore();
  readonly #jar = new CookieJar(this.#store, {
    rejectPublicSuffixes: true,
    prefixSecurity: 'strict',
    allowSecureOnLocal: false,
  });
  #latestMatch:
    | { readonly url: string; readonly cookies: readonly Cookie[]; readonly header: string; readonly until: number }
    | undefined;

  /** Number of cookies that were dropped because there were 50. */
  #dropped = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the number of cookies that were dropped since the last call, because there were 50. */
  takeDroppedCount(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /**
   * Restores the cookies that `stored` returned, by the same rules as for new ones. Returns `undefined` if one of them
   * violates a rule, because the stored string was then written by someone else or by another version.
   */
  static restore(clock: Clock, stored: readonly unknown[]): SessionCookies | undefined {
    const cookies = new SessionCookies(clock);
    if (stored.length > MAX_COOKIES) return undefined;
    return stored.every(cookie => cookies.#restoreCookie(cookie)) ? cookies : undefined;
  }

  /** The cookies as JSON. They are secrets. */
  get stored(): readonly StoredCookie[] {
    return this.#all().map(cookie => cookie.toJSON());
  }

  /** The values that must not appear in errors. */
  get secrets(): readonly string[] {
    return this.#all().flatMap(({ value }) => (value.length < MIN_SECRET_LENGTH ? [] : [value]));
  }

  /** Stores the cookies that a response from `url` sets. Returns true if any of them changed. */
  set(setCookie: readonly string[], url: string): boolean {
    let changed = false;
    for (const line of setCookie) changed = this.#setCookie(line, url) || changed;
    if (changed) this.#latestMatch = undefined;
    return changed;
  }

  /** Returns the `cookie` header of a request to `url`; an empty string if no cookie matches. */
  header(url: string): string {
    return this.#match(url).header;
  }

  /** Returns the values of the cookies that are sent to `url`. */
  values(url: string): readonly string[] {
    return this.#match(url).cookies.map(cookie => cookie.value);
  }

  /** Returns the value of the cookie of that name that is sent to `url`. */
  value(name: string, url: string): string | undefined {
    return this.#match(url).cookies.find(cookie => cookie.key === name)?.value;
  }

  #setCookie(line: string, url: string): boolean {
    if (line.length > MAX_COOKIE_SIZE) return false;
    const cookie = Cookie.parse(line, { loose: false });
    if (cookie === undefined || !SENDABLE.test(cookie.value) || !SENDABLE.test(cookie.key)) return false;
    if (!followsPrefixRules(cookie) || this.#replacesSecure(cookie, new URL(url))) return false;
    const now = this.#clock.wall();
    convertMaxAge(cookie, now);
    try {
      this.#jar.setCookieSync(cookie, url, { now: new Date(now) });
    } catch {
      // It violates a rule: "ignore the cookie entirely".
      return false;
    }
    if (isExpired(cookie, now)) this.#remove(cookie);
    return this.#all().length <= MAX_COOKIES || this.#enforceLimit(cookie, now);
  }

  #restoreCookie(stored: unknown): boolean {
    const fields = checkStoredCookie(stored);
    if (fields === undefined) return false;
    const { key, value, domain, path, hostOnly, ...rest } = fields;
    const cookie = new Cookie({ ...rest, key, value, path, domain: hostOnly ? null : domain });
    const host = domain.includes(':') && !domain.startsWith('[') ? `[${domain}]` : domain;
    try {
      this.#jar.setCookieSync(cookie, `https://${host}${path}`, { now: new Date(this.#clock.wall()) });
      return true;
    } catch {
      return false;
    }
  }

  /** Removes expired cookies, and the newest one if there are still too many. Returns true if the newest one remains. */
  #enforceLimit(newest: Cookie, now: number): boolean {
    for (const cookie of this.#all()) if (isExpired(cookie, now)) this.#remove(cookie);
    if (this.#all().length <= MAX_COOKIES) return true;
    this.#remove(newest);
    this.#dropped += 1;
    return false;
  }

  /** Returns true if a response over http would replace or shadow a Secure cookie (RFC 6265bis, section 5.7, step 16). */
  #replacesSecure(cookie: Cookie, { protocol, hostname, pathname }: URL): boolean {
    if (protocol === 'https:') return false;
    const { key } = cookie;
    const domain = cookie.domain ?? hostname;
    const path = cookie.path ?? defaultPath(pathname);
    return this.#all().some(
      other =>
        other.secure &&
        other.key === key &&
        other.domain !== null &&
        (domainMatch(other.domain, domain) || domainMatch(domain, other.domain)) === true &&
        pathMatch(path, other.path ?? '/'),
    );
  }

  #remove({ domain, path, key }: Cookie): void {
    if (domain === null || path === null) return;
    this.#store.removeCookie(domain, path, key, ignore);
    // The store keeps an empty entry for each path that it has ever seen, and a server can use any number of paths.
    const paths = this.#store.idx[domain];
    if (paths !== undefined && Object.keys(paths[path] ?? {}).length === 0) delete paths[path];
  }

  #all(): readonly Cookie[] {
    let all: readonly Cookie[] = [];
    // The memory store calls back before it returns.
    this.#store.getAllCookies((_error, cookies) => {
      all = cookies ?? [];
    });
    return all;
  }

  #match(url: string): { readonly cookies: readonly Cookie[]; readonly header: string } {
    const now = this.#clock.wall();
    if (this.#latestMatch?.url === url && now < this.#latestMatch.until) return this.#latestMatch;
    const found = this.#jar.getCookiesSync(url, { expire: false, sort: true });
    const cookies = found.filter(cookie => !isExpired(cookie, now));
    const header = cookies.map(cookie => cookie.cookieString()).join('; ');
    const until = Math.min(...cookies.map(cookie => cookie.expiryTime() ?? Number.POSITIVE_INFINITY));
    this.#latestMatch = { url, cookies, header, until };
    return this.#latestMatch;
  }
}

/** Returns true if the cookie follows the rules of its name prefix, which is not case-sensitive (RFC 6265bis, section 4.1.3). */
function followsPrefixRules({ key, secure, httpOnly, domain, path }: Cookie): boolean {
  const name = key.toLowerCase();
  const isHost = name.startsWith('__host-');
  const isHttp = name.startsWith('__http-') || name.startsWith('__host-http-');
  if (!isHost && !isHttp && !name.startsWith('__secure-')) return true;
  return secure && (!isHttp || httpOnly) && (!isHost || (domain === null && path === '/'));
}

interface CheckedCookie {
  readonly key: string;
  readonly value: string;
  readonly domain: string;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly hostOnly: boolean;
  readonly expires: Date | 'Infinity';
}

/** Returns the fields of a stored cookie that are used if each is valid. Other fields are left out. */
function checkStoredCookie(stored: unknown): CheckedCookie | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const { key, value = '', domain, path, expires = 'Infinity', ...rest }: Record<string, unknown> = { ...stored };
  const { secure = false, httpOnly = false, hostOnly = false } = rest;
  if (
    typeof key !== 'string' ||
    key === '' ||
    typeof value !== 'string' ||
    key.length + value.length > MAX_COOKIE_SIZE
  ) {
    return undefined;
  }
  if (!SENDABLE.test(key) || !SENDABLE.test(value) || key.includes('=')) return undefined;
  if (typeof domain !== 'string' || !DOMAIN.test(domain)) return undefined;
  if (typeof path !== 'string' || !PATH.test(path)) return undefined;
  if (typeof secure !== 'boolean' || typeof httpOnly !== 'boolean' || typeof hostOnly !== 'boolean') return undefined;
  const time = expires === 'Infinity' || expires === null ? 'Infinity' : parseDate(expires);
  return time && { key, value, domain, path, secure, httpOnly, hostOnly, expires: time };
}

function parseDate(value: unknown): Date | undefined {
  const date = new Date(typeof value === 'string' ? value : Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/**
 * Converts Max-Age to Expires, because it counts from the arrival of the cookie (RFC 6265, section 5.3, step 3), whereas
 * tough-cookie counts from its last use.
 */
function convertMaxAge(cookie: Cookie, now: number): void {
  const { maxAge } = cookie;
  if (maxAge === null) return;
  const seconds = typeof maxAge === 'number' ? maxAge : maxAge === 'Infinity' ? MAX_LIFETIME : 0;
  cookie.expires = new Date(seconds > 0 ? now + Math.min(seconds, MAX_LIFETIME) * 1000 : 0);
  cookie.maxAge = null;
}

function isExpired(cookie: Cookie, now: number): boolean {
  const expiry = cookie.expiryTime();
  return expiry !== undefined && expiry <= now;
}

function ignore(): void {}
