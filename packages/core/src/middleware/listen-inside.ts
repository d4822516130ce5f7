import type { CrewEvent } from '../events/event.ts';
import type { BaseLLM } from '../llm/base-llm.ts';

/**
 * Listens to the LLMs inside another one as well, for what belongs to no turn and is told by them alone: renewals of
 * credentials in the background. What comes back removes `own` and the others.
 */
export function listenInside<Type extends CrewEvent['type']>(
  own: () => void,
  llms: readonly BaseLLM[],
  type: Type,
  listener: (event: Extract<CrewEvent, { readonly type: Type }>) => void,
): () => void {
  if (type !== 'credential') return own;
  const removals = [own, ...llms.map(llm => llm.on(type, listener))];
  return () => {
    for (const remove of removals) remove();
  };
}
