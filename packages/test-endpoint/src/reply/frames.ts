import type { Frame } from './completion-frames.ts';

/** An event as it is written (`data: ...`, without the blank line that ends it), or an object that is sent as `data: <JSON>`. */
export type SseFrame = string | object;

/** Changes to the events of a reply. */
export interface StreamEdits {
  /** `false` leaves out `data: [DONE]`. */
  readonly done?: boolean | undefined;
  /** The line ending (WHATWG server-sent events allow all three). Default `\n`. */
  readonly lineEnd?: '\n' | '\r\n' | '\r' | undefined;
  /** Comment lines to interleave, one before each event, in turn. */
  readonly comments?: readonly string[] | undefined;
  /** After so many deltas (the opening one not counted; -1: before that one too) `data: {"error": ...}` and the end: no finish reason, no `[DONE]`. */
  readonly error?: { readonly afterDeltas: number; readonly error: unknown } | undefined;
}

/** The frames that a hand-written list of events stands for. */
export function framesOf(events: readonly SseFrame[]): Frame[] {
  return events.map(event => {
    const lines = typeof event === 'string' ? event : `data: ${JSON.stringify(event)}`;
    return { kind: lines === DONE ? 'done' : 'delta', lines };
  });
}

export const DONE = 'data: [DONE]';

/** The bytes of each frame, edits applied. */
export function encodeFrames(frames: readonly Frame[], edits: StreamEdits = {}): string[] {
  const lineEnd = edits.lineEnd ?? '\n';
  const kept = edits.error === undefined ? frames : cutByError(frames, edits.error);
  return kept
    .filter(frame => frame.kind !== 'done' || edits.done !== false)
    .map((frame, position) => {
      const comment = edits.comments?.[position % edits.comments.length];
      const lines = [...(comment === undefined ? [] : [`: ${comment}`, '']), ...frame.lines.split('\n'), '', ''];
      return lines.join(lineEnd);
    });
}

function cutByError(frames: readonly Frame[], { afterDeltas, error }: NonNullable<StreamEdits['error']>): Frame[] {
  const kept: Frame[] = [];
  let deltas = 0;
  for (const frame of frames) {
    if (afterDeltas < 0 || (frame.kind !== 'opening' && (frame.kind !== 'delta' || deltas++ >= afterDeltas))) break;
    kept.push(frame);
  }
  return [...kept, { kind: 'delta', lines: `data: ${JSON.stringify({ error })}` }];
}
