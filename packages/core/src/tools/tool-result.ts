import { thrownText } from '../errors/to-crew-error.ts';
import { MAX_JSON_DEPTH } from '../json.ts';

/**
 * Writes a tool's result as the text that the model reads: a string as it is, `undefined` as nothing, the rest as JSON.
 * BigInts become their digits, circular references "[circular]", what is nested deeper than `MAX_JSON_DEPTH` "[too deep]";
 * nothing throws.
 */
export function toolResultText(result: unknown): string {
  if (typeof result === 'string') return result;
  if (result === undefined) return '';
  if (typeof result === 'function' || typeof result === 'symbol') return String(result);
  const ancestors: object[] = [];
  const open = new Set<object>();
  try {
    return (
      JSON.stringify(result, function (this: unknown, _key, value: unknown) {
        if (typeof value === 'bigint') return String(value);
        if (typeof value !== 'object' || value === null) return value;
        // `this` is the object that holds the value: everything deeper than it has been left.
        for (let last = ancestors.at(-1); last !== undefined && last !== this; last = ancestors.at(-1)) {
          ancestors.pop();
          open.delete(last);
        }
        if (open.has(value)) return '[circular]';
        if (ancestors.length >= MAX_JSON_DEPTH) return '[too deep]';
        ancestors.push(value);
        open.add(value);
        return value;
      }) ?? ''
    );
  } catch (thrown) {
    // A getter or a toJSON of the tool's own threw.
    return `[the result cannot be written as JSON: ${thrownText(thrown)}]`;
  }
}
