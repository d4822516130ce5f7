import { createHook } from 'node:async_hooks';
import { EventEmitter, getEventListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

/** What Node's async_hooks call the things that a forgotten `close()` leaves behind. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['TCPWRAP', 'TCP socket'],
  ['TCPSERVERWRAP', 'TCP server'],
  ['PIPEWRAP', 'pipe'],
  ['UDPWRAP', 'UDP socket'],
  ['PROCESSWRAP', 'child process'],
  ['FSEVENTWRAP', 'file watcher'],
  ['Timeout', 'timer'],
]);

/** Milliseconds between two looks at what is left. */
const PAUSE = 10;

export interface TrackOptions {
  /**
   * Milliseconds of grace for what is closing at the moment of `check`. Default 2,000. They are counted in pauses of ten, so
   * that they last longer on a machine that is slowed down by something else.
   */
  readonly within?: number | undefined;
}

export interface ResourceTracker {
  /** Also compares the number of listeners of an emitter or of an AbortSignal (`abort`) with what it is now. */
  watch(target: EventEmitter | EventTarget, label: string): void;
  /**
   * Waits until everything is gone, at most as long as `within`, and ends the tracking.
   *
   * @throws Error that lists each thing left behind and the line that created it.
   */
  check(): Promise<void>;
}

/**
 * Starts to watch for sockets, servers, timers, child processes and process listeners that code leaves behind, those included that
 * do not keep the process alive (`unref`). Call it at the top of a test file, and `check` in the first `afterAll`: test runners run
 * these hooks last to first, so it then comes after those that close things.
 *
 * Node's own timers (the cached `date` header, say) and those of the test runner are not counted.
 */
export function trackResources(options: TrackOptions = {}): ResourceTracker {
  const alive = new Map<number, string>();
  let paused = false;
  const init = (id: number, type: string) => {
    const kind = KINDS.get(type);
    if (kind === undefined || paused) return;
    const origin = creator(type, init);
    if (origin !== undefined) alive.set(id, `${kind} created ${origin}`);
  };
  const hook = createHook({
    init,
    destroy(id) {
      alive.delete(id);
    },
    // Promises need no watching, and hooks on them are slow.
    trackPromises: false,
  }).enable();

  const listeners: { readonly label: string; readonly before: number; readonly count: () => number }[] = [];
  const watch = (label: string, count: () => number) => listeners.push({ label, before: count(), count });
  watch('process', () => listenerCount(process));

  const leftBehind = (): string[] => [
    ...alive.values(),
    ...listeners
      .filter(({ before, count }) => count() > before)
      .map(({ label, before, count }) => `${count() - before} listener(s) on ${label}`),
  ];

  return {
    watch(target, label) {
      watch(label, () =>
        target instanceof EventEmitter ? listenerCount(target) : getEventListeners(target, 'abort').length,
      );
    },
    async check() {
      const pauses = (options.within ?? 2_000) / PAUSE;
      for (let count = 0; leftBehind().length > 0 && count < pauses; count += 1) {
        paused = true;
        const waiting = wait(PAUSE);
        paused = false;
        await waiting;
      }
      hook.disable();
      const left = leftBehind();
      if (left.length > 0) throw new Error(`Left behind:\n${left.map(line => `- ${line}`).join('\n')}`);
    },
  };
}

function listenerCount(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}

/** Where a resource was created, or undefined for a timer that Node or the test runner made for itself. */
function creator(type: string, hook: (id: number, type: string) => void): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const created: { stack?: string } = {};
  Error.captureStackTrace(created, hook);
  Error.stackTraceLimit = limit;
  const frames = (created.stack ?? '').split('\n').slice(1);
  const outside = frames.filter(frame => !/node:internal\/(async_hooks|timers)|node:timers/u.test(frame));
  const [maker] = outside;
  if (type === 'Timeout' && /node:|node_modules\/(@vitest|vitest|tinypool)\//u.test(maker ?? 'node:')) return undefined;
  // Node itself creates the socket of a connection that a server accepts: no program is on the stack.
  return (outside.find(frame => !frame.includes('node:')) ?? maker ?? 'for an incoming connection').trim();
}
