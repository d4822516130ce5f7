import type { SseFrame, StreamEdits } from './reply.ts';

/** A server-sent event. `opening` is the delta that contains only the role. */
export interface Frame {
  readonly kind: 'opening' | 'delta' | 'finish' | 'usage' | 'done';
  /** Lines of the event, joined by `\n`, without the blank line at the end. */
  readonly lines: string;
}

/** Converts a hand-written list of events to frames. */
export function framesOf(events: readonly SseFrame[]): Frame[] {
  return events.map(event => {
    const lines = typeof event === 'string' ? event : `data: ${JSON.stringify(event)}`;
    return { kind: lines === DONE ? 'done' : 'delta', lines };
  });
}

export const DONE = 'data: [DONE]';

/** Encodes the frames, with the edits applied. */
export function encodeFrames(frames: readonly Frame[], edits: StreamEdits = {}): string[] {
  const lineEnd = edits.lineEnd ?? '\n';
  const selected = edits.error === undefined ? frames : endWithError(frames, edits.error);
  return selected
    .filter(frame => frame.kind !== 'done' || edits.done !== false)
    .map((frame, position) => {
      const comment = edits.comments?.[position % edits.comments.length];
      const lines = [...(comment === undefined ? [] : [`: ${comment}`, '']), ...frame.lines.split('\n'), '', ''];
      return lines.join(lineEnd);
    });
}

function endWithError(frames: readonly Frame[], { afterDeltas, error }: NonNullable<StreamEdits['error']>): Frame[] {
  const selected: Frame[] = [];
  let deltas = 0;
  for (const frame of frames) {
    if (afterDeltas < 0 || (frame.kind !== 'opening' && (frame.kind !== 'delta' || deltas++ >= afterDeltas))) break;
    selected.push(frame);
  }
  return [...selected, { kind: 'delta', lines: `data: ${JSON.stringify({ error })}` }];
}
