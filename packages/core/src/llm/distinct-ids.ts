import type { ToolCall } from '../messages/message.ts';

/**
 * Returns the calls with ids that are non-empty and unique, since each is answered by its id, and adds these to `taken`.
 * An id that is taken gets the next free suffix. No candidate is tried twice, and a candidate belongs to one wanted id
 * alone, so that the work is linear in the calls whatever ids a model makes up.
 */
export function distinctIds(calls: readonly ToolCall[], taken: Set<string> = new Set()): readonly ToolCall[] {
  /** The suffix to try next, by wanted id. */
  const next = new Map<string, number>();
  return calls.map((call, index) => {
    const wanted = call.id === '' ? `call_${index}` : call.id;
    let id = wanted;
    if (taken.has(wanted)) {
      let suffix = next.get(wanted) ?? 2;
      while (taken.has(`${wanted}_${suffix}`)) suffix += 1;
      id = `${wanted}_${suffix}`;
      next.set(wanted, suffix + 1);
    }
    taken.add(id);
    return id === call.id ? call : { ...call, id };
  });
}
