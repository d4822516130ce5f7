import { ProtocolError } from '@crew/core';

/** Maximum size of a response, in bytes. */
const MAX_BYTES = 67_108_864;

/**
 * Reads the body of a response as text.
 *
 * @throws {ProtocolError} for a response that is longer than any completion can be.
 */
export async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new ProtocolError(`The response is longer than ${MAX_BYTES} bytes.`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
