/**
 * A JSON list of items that are JSON text each. Put together by concatenation, which copies nothing until the text is
 * turned into bytes; `join` would copy the whole conversation once more for every turn.
 */
export function listJson<T>(items: readonly T[], json: (item: T) => string): string {
  let list = '[';
  for (const item of items) list += list === '[' ? json(item) : `,${json(item)}`;
  return `${list}]`;
}
