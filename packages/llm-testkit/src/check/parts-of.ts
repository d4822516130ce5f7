import type { StreamPart } from '@crew/core';

/** Every part of a stream that is read to its end. */
export async function partsOf(stream: AsyncIterable<StreamPart>): Promise<readonly StreamPart[]> {
  const parts: StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}
