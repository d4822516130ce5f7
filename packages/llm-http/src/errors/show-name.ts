/** Maximum length of a name, or of a segment of a path, that an error quotes, in characters. */
const LONGEST_NAME = 64;
/** Maximum length of a path or URL that an error quotes, in characters. */
const LONGEST_PATH = 256;
/** Maximum length of a run of letters and digits that counts as a word. */
const LONGEST_WORD = 24;
/** Maximum number of changes between letters and digits in a value that does not count as random. */
const MAX_CHANGES = 3;

const PEM = /-----BEGIN|[\r\n]/;
/** The header of a JWT or JWE (RFC 7515, section 3): base64url of `{"`. */
const JWT = /(?:^|[\s=:"'])ey[A-Za-z0-9_-]{6,}/;
/** A credential with its scheme, or with the prefix of a well-known issuer. */
const MARKED =
  /^(?:Bearer|Basic|DPoP|Token) |^(?:sk|rk)-|^(?:gh[opsu]|ghr|github_pat|glpat|xox[a-z])[-_]|^(?:AKIA|ASIA|AIza|ya29)/i;
const URL_START = /^[a-z][a-z0-9+.-]{0,30}:\/\//i;
const PATH_START = /^(?:\.{0,2}|~|[A-Za-z]:)[/\\]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach a terminal.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\p{Cf}]/gu;

/**
 * Returns a name, a path or a URL in a form that is safe to show in an error message. Secrets are put into such options by
 * mistake, so a value that looks like one (PEM, a JWT, a key, or more than 64 characters without a separator) is replaced by
 * a description. In a path only the segments that look like secrets are replaced. User, password, query and fragment of a
 * URL are removed. Characters that are not printable are replaced.
 */
export function showName(value: unknown): string {
  if (typeof value !== 'string') return `[${value === null ? 'null' : `a value of type ${typeof value}`}]`;
  const shown = URL_START.test(value) ? shownUrl(value) : shownPath(value);
  if (shown === undefined) return `[${value.length} characters, not shown because they may be a secret]`;
  return shown.replace(UNPRINTABLE, '\u{FFFD}');
}

/** Returns true if a value looks like a secret instead of a name. */
function looksSecret(text: string): boolean {
  if (text.length > LONGEST_NAME || PEM.test(text) || JWT.test(text) || MARKED.test(text)) return true;
  if (text.split(/[^A-Za-z0-9]+/).some(run => run.length > LONGEST_WORD)) return true;
  const changes = text.match(/[A-Za-z][-_+/=]?(?=[0-9])|[0-9][-_+/=]?(?=[A-Za-z])/g)?.length ?? 0;
  return text.length >= 16 && changes > MAX_CHANGES;
}

function shownPath(path: string): string | undefined {
  if (path.length > LONGEST_PATH || PEM.test(path)) return undefined;
  // A value with slashes that does not start like a path may be base64.
  if (!PATH_START.test(path)) return looksSecret(path) && !hasOnlyWords(path) ? undefined : path;
  return path
    .split(/([/\\])/)
    .map(part => (looksSecret(part) ? '[not shown]' : part))
    .join('');
}

/** Returns true for a relative path of plain words, such as `secrets/gateway/token.txt`. */
function hasOnlyWords(path: string): boolean {
  return /[/\\]/.test(path) && path.split(/[/\\]/).every(part => !looksSecret(part)) && !looksRandom(path);
}

function looksRandom(path: string): boolean {
  return /[a-z][A-Z]|[A-Za-z][0-9]|[0-9][A-Za-z]/.test(path) && !/\.[A-Za-z0-9]{1,8}$/.test(path);
}

function shownUrl(url: string): string | undefined {
  if (PEM.test(url)) return undefined;
  const [start = ''] = URL_START.exec(url) ?? [];
  const rest = url.slice(start.length).replace(/[?#].*$/s, '');
  const slash = rest.search(/[/\\]/);
  const authority = slash === -1 ? rest : rest.slice(0, slash);
  const path = slash === -1 ? '' : shownPath(rest.slice(slash));
  // A password may contain an unescaped slash; the @ then stands in the path.
  if (path === undefined || path.includes('@')) return undefined;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return `${start}${host.length > LONGEST_PATH || JWT.test(host) ? '[not shown]' : host}${path}`;
}
