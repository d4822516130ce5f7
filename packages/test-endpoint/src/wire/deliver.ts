import { headerFields, type Rendered } from '../reply/render.ts';
import type { Delivery } from './delivery.ts';
import { pause } from './pause.ts';
import { sizedPieces } from './sized-pieces.ts';
import type { Wire } from './wire.ts';

/** Sends a rendered reply; resolves to whether all of it went out. Rejects when the client or the endpoint goes away. */
export async function deliver(
  rendered: Rendered,
  delivery: Delivery,
  wire: Wire,
  signal: AbortSignal,
): Promise<boolean> {
  const { delays = {}, cut } = delivery;
  await pause(delays.headers, signal);
  for (const { status, headers = {} } of delivery.interim ?? []) wire.interim(status, headerFields(headers));

  // Each write of a given size is one chunk of the transfer coding, so that the reader sees exactly these boundaries.
  await wire.head(rendered.status, rendered.headers, delivery.sizes === undefined ? rendered.length : undefined);
  await pause(delays.body, signal);

  let left = cut?.of === 'body' ? cut.after : Number.POSITIVE_INFINITY;
  let first = true;
  for await (const piece of sizedPieces(rendered.pieces, delivery.sizes)) {
    if (!first) await pause(delays.betweenChunks, signal);
    first = false;
    signal.throwIfAborted();
    if (left > 0) await wire.write(piece.subarray(0, left));
    left -= piece.length;
    if (left < 0) break;
  }
  if (cut?.of === 'body') await wire.cut(cut.by);
  else await wire.end();
  return cut?.of !== 'body';
}
