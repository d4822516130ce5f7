import type { ContentEncoding, Reply } from '../reply/reply.ts';

/** The reply under a content coding. */
export function compressed(reply: Reply, encoding: ContentEncoding): Reply {
  return { ...reply, encodings: [...(reply.encodings ?? []), encoding] };
}

/**
 * A valid completion of so many bytes (`Infinity` never ends), made while it is sent, as fast as the client reads. There is no line end
 * in it: with `withContentType(…, 'text/event-stream')` it is an endless line of a stream.
 */
export function huge(bytes: number): Reply {
  return { headers: { 'content-type': 'application/json' }, body: () => filler(bytes) };
}

/** A few bytes that decode to a great many: a completion of `decodedBytes` under a content coding. */
export function bomb({
  decodedBytes,
  encoding,
}: {
  readonly decodedBytes: number;
  readonly encoding: ContentEncoding;
}): Reply {
  return compressed(huge(decodedBytes), encoding);
}

const START =
  '{"object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"';
const END = '"}}]}';

function* filler(bytes: number): Generator<Uint8Array> {
  const block = Buffer.alloc(65_536, 'a');
  yield Buffer.from(START);
  for (let left = bytes - START.length - END.length; left > 0; left -= block.length) {
    yield block.subarray(0, left);
  }
  yield Buffer.from(END);
}
