const LONGEST = 16_384;

/**
 * The claims of an `insufficient_claims` challenge (continuous access evaluation of Microsoft Entra): base64 of a JSON
 * object. `undefined` when it is anything else.
 */
export function decodeClaims(encoded: string | undefined): string | undefined {
  if (encoded === undefined || encoded.length > LONGEST) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? text : undefined;
  } catch {
    return undefined;
  }
}
