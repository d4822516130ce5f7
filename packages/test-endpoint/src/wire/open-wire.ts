import { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import type { AnyServerResponse } from '../incoming.ts';
import type { Delivery } from './delivery.ts';
import { Http1Wire } from './http1.ts';
import { RawHttp1Wire } from './http1-raw.ts';
import { Http2Wire } from './http2.ts';
import type { Wire } from './wire.ts';

/** The wire on which a reply can be delivered as it wants to be. Undefined when the client is gone already. */
export function openWire(response: AnyServerResponse, tcp: Socket, delivery: Delivery): Wire | undefined {
  const { cut, headSplits = [], rawHead, beforeBody } = delivery;
  const resetAfter = cut?.of === 'response' ? cut.after : Number.POSITIVE_INFINITY;
  if (response instanceof Http2ServerResponse) {
    return response.stream === undefined ? undefined : new Http2Wire(response.stream, tcp, resetAfter);
  }
  const raw = resetAfter < Number.POSITIVE_INFINITY || headSplits.length > 0 || rawHead !== undefined || beforeBody;
  if (!raw) return new Http1Wire(response, tcp);
  const { socket } = response;
  return socket === null ? undefined : new RawHttp1Wire({ socket, tcp, resetAfter, headSplits, rawHead });
}
