import type { ToolCall } from './message.ts';

/** The calls with ids that are non-empty and unique, since each is answered by its id. `taken` learns of them. */
export function distinctIds(calls: readonly ToolCall[], taken: Set<string> = new Set()): readonly ToolCall[] {
  return calls.map((call, index) => {
    const wanted = call.id === '' ? `call_${index}` : call.id;
    let id = wanted;
    for (let suffix = 2; taken.has(id); suffix += 1) id = `${wanted}_${suffix}`;
    taken.add(id);
    return id === call.id ? call : { ...call, id };
  });
}
