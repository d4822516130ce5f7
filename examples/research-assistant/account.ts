import { type CrewEvent, excerpt, type TokenUsage } from '@crew/core';
import type { Connection } from './connect.ts';

/** What the run took, in a few lines. */
export function account(events: readonly CrewEvent[], durationMs: number, connection: Connection): string {
  const turns = events.filter(event => event.type === 'turn-finish');
  const tools = events.filter(event => event.type === 'tool-start');
  let usage: TokenUsage = { inputTokens: 0, outputTokens: 0 };
  for (const event of events) if (event.type === 'agent-finish') usage = event.usage;
  const lines = [
    `${count(turns.length, 'model turn')}, ${count(tools.length, 'tool call')}, ` +
      `${usage.inputTokens} tokens in, ${usage.outputTokens} out, ${(durationMs / 1000).toFixed(2)} s`,
    `Authenticated with ${excerpt(connection.authentication(), 300)}`,
  ];
  if (connection.simulatedModel)
    lines.push('The model is a stand-in: it searches and quotes, deterministically. Set CREW_ENDPOINT for a real one.');
  return lines.join('\n');
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
