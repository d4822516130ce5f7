/** Longest name, or part of a path, that an error quotes, in characters. */
const LONGEST_NAME = 64;
/** Longest path or URL that an error quotes, in characters. */
const LONGEST_PATH = 256;
/** Shorter runs of letters and digits are words. */
const LONGEST_WORD = 24;
/** Changes between letters and digits from which a value counts as random. */
const MAX_CHANGES = 3;

const PEM = /-----BEGIN|[\r\n]/;
/** The header of a JWT or JWE (RFC 7515, section 3): base64url of `{"`. */
const JWT = /(?:^|[\s=:"'])ey[A-Za-z0-9_-]{6,}/;
/** A credential with its scheme, and prefixes that issuers give to their keys. */
const MARKED =
  /^(?:Bearer|Basic|DPoP|Token) |^(?:sk|rk)-|^(?:gh[opsu]|ghr|github_pat|glpat|xox[a-z])[-_]|^(?:AKIA|ASIA|AIza|ya29)/i;
const URL_START = /^[a-z][a-z0-9+.-]{0,30}:\/\//i;
const PATH_START = /^(?:\.{0,2}|~|[A-Za-z]:)[/\\]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach a terminal.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\p{Cf}]/gu;

/**
 * Returns the value of an option that holds a name, a path or a URL, as an error's message may show it. People put a secret
 * there by mistake, so a value that looks like one (PEM, a JWT, a key, or more than 64 characters without a separator) is
 * described instead. Of a path only the folders that look like secrets are left out; of a URL also user, password, query and
 * fragment. What is not printable is replaced.
 */
export function showName(value: unknown): string {
  if (typeof value !== 'string') return `[${value === null ? 'null' : `a value of type ${typeof value}`}]`;
  const shown = URL_START.test(value) ? shownUrl(value) : shownPath(value);
  if (shown === undefined) return `[${value.length} characters, not shown because they may be a secret]`;
  return shown.replace(UNPRINTABLE, '\u{FFFD}');
}

/** Returns true if a name, path or URL looks like a secret that was given in its place. */
function looksSecret(text: string): boolean {
  if (text.length > LONGEST_NAME || PEM.test(text) || JWT.test(text) || MARKED.test(text)) return true;
  if (text.split(/[^A-Za-z0-9]+/).some(run => run.length > LONGEST_WORD)) return true;
  const changes = text.match(/[A-Za-z][-_+/=]?(?=[0-9])|[0-9][-_+/=]?(?=[A-Za-z])/g)?.length ?? 0;
  return text.length >= 16 && changes > MAX_CHANGES;
}

function shownPath(path: string): string | undefined {
  if (path.length > LONGEST_PATH || PEM.test(path)) return undefined;
  // What has slashes but does not start like a path may be base64.
  if (!PATH_START.test(path)) return looksSecret(path) && !hasOnlyWords(path) ? undefined : path;
  return path
    .split(/([/\\])/)
    .map(part => (looksSecret(part) ? '[not shown]' : part))
    .join('');
}

/** A relative path, such as `secrets/gateway/token.txt`. */
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
  // A password may hold an unescaped slash, and then the part after it an @.
  if (path === undefined || path.includes('@')) return undefined;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return `${start}${host.length > LONGEST_PATH || JWT.test(host) ? '[not shown]' : host}${path}`;
}
