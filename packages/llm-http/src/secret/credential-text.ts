import { ConfigurationError } from '@crew/core';

const NOT_VISIBLE = /[^\x20-\x7e]/;

/**
 * Checks that a credential can be sent in a header as it is: visible ASCII, with spaces only inside (RFC 9110, section
 * 5.5; RFC 6750, section 2.1, allows even less).
 *
 * @throws {ConfigurationError} naming `what`, never the value.
 */
export function checkCredentialText(value: unknown, what: string): asserts value is string {
  if (typeof value !== 'string') throw new ConfigurationError(`${what} must be a string.`);
  if (value === '') throw new ConfigurationError(`${what} is empty.`);
  if (/[\r\n]$/.test(value)) {
    throw new ConfigurationError(
      `${what} ends with a line break. Remove it, or read the value with fromFile or fromEnv, which do.`,
    );
  }
  const position = value.search(NOT_VISIBLE);
  if (position !== -1) {
    throw new ConfigurationError(
      `${what} has a character that is not visible ASCII (at position ${position + 1} of ${value.length}). Was it ` +
        'copied whole, and is it the right value?',
    );
  }
  if (value.startsWith(' ') || value.endsWith(' ')) {
    throw new ConfigurationError(`${what} begins or ends with a space. Remove it.`);
  }
}

/** The text without one trailing line break, which editors and commands put there. */
export function withoutLineBreak(text: string): string {
  return text.replace(/\r?\n$/, '');
}
