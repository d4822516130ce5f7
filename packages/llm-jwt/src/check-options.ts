import { ConfigurationError } from '@crew/core';
import { checkClock, checkHeaderName, checkSecret } from '@crew/llm-http/adapter';
import type { JwtOptions } from './jwt-options.ts';

/** The names of the options. */
export const OPTION_NAMES = [
  'token',
  'tokenFile',
  'mint',
  'opaque',
  'maxAge',
  'obtainTimeout',
  'tenant',
  'perAttempt',
  'header',
  'scheme',
  'isRefusal',
  'clock',
] as const;

/** Where tokens come from, and the options that go with each. */
const SOURCES = {
  token: ['opaque', 'maxAge', 'obtainTimeout', 'tenant'],
  tokenFile: ['opaque'],
  mint: ['perAttempt', 'obtainTimeout', 'tenant'],
} as const;

type Source = keyof typeof SOURCES;

/** Options of a function's token that mean nothing beside a token itself. */
const OF_FUNCTIONS = ['maxAge', 'obtainTimeout', 'tenant'] as const;

/** Where a token is put. */
export interface Place {
  /** In lower case. */
  readonly header: string;
  readonly scheme: string;
}

/**
 * Checks what a program without types may have got wrong, but for the token, the file and the key themselves.
 *
 * @throws {ConfigurationError} naming the option, never a token or a key.
 */
export function checkOptions(options: JwtOptions): Place {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigurationError('jwt() needs an object of options, such as { tokenFile: "/run/secrets/token" }.');
  }
  const source = checkSource(options);
  for (const [other, names] of Object.entries(SOURCES)) {
    const stray = names.find(name => options[name] !== undefined && !SOURCES[source].some(own => own === name));
    if (stray !== undefined) throw new ConfigurationError(`${stray} goes with ${other}, not with ${source}.`);
  }
  if (typeof options.token === 'function') checkSecret(options.token, 'token');
  else if (options.token !== undefined) {
    const stray = OF_FUNCTIONS.find(name => options[name] !== undefined);
    if (stray !== undefined) throw new ConfigurationError(`${stray} goes with a function that gives the token.`);
  }
  checkTypes(options);
  return checkPlace(options);
}

function checkSource(options: JwtOptions): Source {
  const given = (Object.keys(SOURCES) as Source[]).filter(name => options[name] !== undefined);
  const [source, second] = given;
  if (source === undefined) {
    throw new ConfigurationError('There is no token: give token, tokenFile or mint.');
  }
  if (second !== undefined) throw new ConfigurationError(`Give either ${given.join(' or ')}: a call has one token.`);
  const { tokenFile } = options;
  if (source === 'tokenFile' && (typeof tokenFile !== 'string' || tokenFile === '')) {
    throw new ConfigurationError('tokenFile must be the path of a file.');
  }
  return source;
}

function checkTypes(options: JwtOptions): void {
  for (const name of ['maxAge', 'obtainTimeout'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && !(typeof value === 'number' && value > 0)) {
      throw new ConfigurationError(`${name} must be a positive number of milliseconds.`);
    }
  }
  for (const name of ['opaque', 'perAttempt'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'boolean') {
      throw new ConfigurationError(`${name} must be true or false.`);
    }
  }
  for (const name of ['tenant', 'isRefusal'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'function') {
      throw new ConfigurationError(`${name} must be a function.`);
    }
  }
  checkClock(options.clock);
}

function checkPlace({ header, scheme }: JwtOptions): Place {
  const name = checkHeaderName(header ?? 'authorization', 'header');
  if (scheme !== undefined && (typeof scheme !== 'string' || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/.test(scheme))) {
    throw new ConfigurationError("scheme must be one word, such as Bearer, or '' for none.");
  }
  return { header: name, scheme: scheme ?? (name === 'authorization' ? 'Bearer' : '') };
}
