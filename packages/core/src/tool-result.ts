import { thrownText } from './thrown-text.ts';

/**
 * A tool's result as the text that the model reads: a string as it is, `undefined` as nothing, the rest as JSON. BigInts
 * become their digits, circular references "[circular]"; nothing throws.
 */
export function toolResultText(result: unknown): string {
  if (typeof result === 'string') return result;
  if (result === undefined) return '';
  if (typeof result === 'function' || typeof result === 'symbol') return String(result);
  const ancestors: object[] = [];
  try {
    return (
      JSON.stringify(result, function (this: unknown, _key, value: unknown) {
        if (typeof value === 'bigint') return String(value);
        if (typeof value !== 'object' || value === null) return value;
        // `this` is the object that holds the value: everything deeper than it has been left.
        while (ancestors.length > 0 && ancestors.at(-1) !== this) ancestors.pop();
        if (ancestors.includes(value)) return '[circular]';
        ancestors.push(value);
        return value;
      }) ?? ''
    );
  } catch (thrown) {
    // A getter or a toJSON of the tool's own threw.
    return `[the result cannot be written as JSON: ${thrownText(thrown)}]`;
  }
}
