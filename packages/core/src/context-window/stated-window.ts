/** "maximum context length is 8192 tokens", "the available context size (8,192 tokens)", "n_ctx = 8192". */
const STATED = /(?:context[ _](?:length|window|size|limit)|n_ctx)\D{0,30}?(\d{1,3}(?:,\d{3}){1,3}|\d{3,9})/i;

/** A smaller number near those words is something else: a status, say. */
const LEAST_WINDOW = 1024;

/** The size of the context window as a server's overflow error states it. */
export function statedWindow(message: string): number | undefined {
  const digits = STATED.exec(message)?.[1]?.replaceAll(',', '');
  return digits === undefined || Number(digits) < LEAST_WINDOW ? undefined : Number(digits);
}
