import { ProtocolError } from '@crew/core';

/** The longest answer that is read, in bytes. */
const MOST_BYTES = 67_108_864;

/** The body as text. Ends the response when it is longer than any answer can be. */
export async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new ProtocolError(`The answer is longer than ${MOST_BYTES} bytes.`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
