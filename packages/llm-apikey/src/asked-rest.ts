import type { Clock } from '@crew/core';
import type { ResponseHead } from '@crew/llm-http';

/**
 * Milliseconds that a response asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110,
 * section 10.2.3), which is read against the server's own `date`. `undefined` when it says nothing that can be read.
 */
export function askedRest(headers: ResponseHead['headers'], clock: Clock): number | undefined {
  const milliseconds = numberIn(headers['retry-after-ms']);
  if (milliseconds !== undefined) return milliseconds;
  const seconds = numberIn(headers['retry-after']);
  if (seconds !== undefined) return seconds * 1000;
  const until = dateIn(headers['retry-after']);
  return until === undefined ? undefined : Math.max(0, until - (dateIn(headers['date']) ?? clock.wall()));
}

function numberIn(header: string | readonly string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\s*\d+(?:\.\d+)?\s*$/.test(header) ? Number(header) : undefined;
}

function dateIn(header: string | readonly string[] | undefined): number | undefined {
  const time = typeof header === 'string' ? Date.parse(header) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
