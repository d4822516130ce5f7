import { createHook } from 'node:async_hooks';
import { EventEmitter, getEventListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

/** Types of async_hooks resources that a forgotten `close()` leaves open. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['TCPWRAP', 'TCP socket'],
  ['TCPSERVERWRAP', 'TCP server'],
  ['PIPEWRAP', 'pipe'],
  ['UDPWRAP', 'UDP socket'],
  ['PROCESSWRAP', 'child process'],
  ['FSEVENTWRAP', 'file watcher'],
  ['Timeout', 'timer'],
]);

/** Polling interval of `check`, in milliseconds. */
const PAUSE = 10;

/** Options of `trackResources`. */
export interface TrackOptions {
  /**
   * Time, in milliseconds, that `check` waits for resources that are being closed. Default 2,000. It is counted in pauses of ten
   * milliseconds, so that it lasts longer on a busy machine.
   */
  readonly within?: number | undefined;
}

/** A running resource tracker. Start one with `trackResources`. */
export interface ResourceTracker {
  /** Also reports listeners that are added to an emitter, or to an AbortSignal (`abort`), and not removed. */
  watch(target: EventEmitter | EventTarget, label: string): void;
  /**
   * Waits until every resource is closed, at most for `within` milliseconds, and stops tracking.
   *
   * @throws Error that lists each open resource and the line that created it.
   */
  check(): Promise<void>;
}

/**
 * Tracks sockets, servers, timers, child processes and process listeners that code leaves open, including those that do not keep the
 * process alive (`unref`). Call it at the top of a test file, and `check` in the first `afterAll`: test runners run these hooks last to
 * first, so `check` runs after the hooks that close resources.
 *
 * Timers of Node itself (such as that of the cached `date` header) and of the test runner are not counted.
 *
 * @example
 * ```ts no-run
 * import { startEndpoint, text, trackResources } from '@crew/test-endpoint';
 * import { afterAll, test } from 'vitest';
 *
 * const resources = trackResources();
 * afterAll(() => resources.check());
 *
 * test('closes its sockets', async () => {
 *   const endpoint = await startEndpoint({ replies: [text('Hello')] });
 *   await fetch(endpoint.url, { method: 'POST', body: '{}' });
 *   await endpoint.close();
 * });
 * ```
 */
export function trackResources(options: TrackOptions = {}): ResourceTracker {
  const alive = new Map<number, string>();
  let isPaused = false;
  const init = (id: number, type: string) => {
    const kind = KINDS.get(type);
    if (kind === undefined || isPaused) return;
    const origin = creationSite(type, init);
    if (origin !== undefined) alive.set(id, `${kind} created ${origin}`);
  };
  const hook = createHook({
    init,
    destroy(id) {
      alive.delete(id);
    },
    // Promises are not tracked, and hooks on them are slow.
    trackPromises: false,
  }).enable();

  const listeners: { readonly label: string; readonly before: number; readonly count: () => number }[] = [];
  const watch = (label: string, count: () => number) => listeners.push({ label, before: count(), count });
  watch('process', () => listenerCount(process));

  const openResources = (): string[] => [
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
      for (let count = 0; openResources().length > 0 && count < pauses; count += 1) {
        isPaused = true;
        const waiting = wait(PAUSE);
        isPaused = false;
        await waiting;
      }
      hook.disable();
      const open = openResources();
      if (open.length > 0) throw new Error(`Resources were left open:\n${open.map(line => `- ${line}`).join('\n')}`);
    },
  };
}

function listenerCount(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}

/** Returns the line that created a resource, or undefined for a timer of Node or the test runner. */
function creationSite(type: string, hook: (id: number, type: string) => void): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const created: { stack?: string } = {};
  Error.captureStackTrace(created, hook);
  Error.stackTraceLimit = limit;
  const frames = (created.stack ?? '').split('\n').slice(1);
  const outside = frames.filter(frame => !/node:internal\/(async_hooks|timers)|node:timers/u.test(frame));
  const [maker] = outside;
  if (type === 'Timeout' && /node:|node_modules\/(@vitest|vitest|tinypool)\//u.test(maker ?? 'node:')) return undefined;
  // Node creates the socket of a connection that a server accepts, without any user code on the stack.
  return (outside.find(frame => !frame.includes('node:')) ?? maker ?? 'for an incoming connection').trim();
}
