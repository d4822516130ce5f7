import { format } from 'node:util';

type OutputPlace = 'stdout' | 'stderr' | 'console' | 'process warning';

/** Callback for the output of the process. */
type OutputListener = (place: OutputPlace, text: string) => void;

const listeners = new Set<OutputListener>();
let stopCapture: (() => void) | undefined;

/**
 * Calls the listener for all output to stdout, stderr, the console (which a test runner may redirect) and for process warnings (which
 * Node does not write through `process.stderr`), until the returned function is called. The output is still printed. Several listeners
 * may be active at the same time.
 */
export function captureOutput(listener: OutputListener): () => void {
  listeners.add(listener);
  stopCapture ??= startCapture();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stopCapture?.();
    stopCapture = undefined;
  };
}

function startCapture(): () => void {
  const notify: OutputListener = (place, text) => {
    for (const listener of listeners) listener(place, text);
  };
  const restore = [
    captureStream('stdout', notify),
    captureStream('stderr', notify),
    ...CONSOLE_METHODS.map(name => captureConsole(name, notify)),
  ];
  const onWarning = (warning: Error) => notify('process warning', format(warning));
  process.on('warning', onWarning);
  return () => {
    process.off('warning', onWarning);
    for (const undo of restore) undo();
  };
}

function captureStream(name: 'stdout' | 'stderr', notify: OutputListener): () => void {
  const stream = process[name];
  const original = stream.write;
  stream.write = new Proxy(original, {
    apply(write, self, args) {
      const chunk: unknown = args[0];
      notify(name, chunk instanceof Uint8Array ? Buffer.from(chunk).toString('utf8') : String(chunk));
      return Reflect.apply(write, self, args);
    },
  });
  return () => {
    stream.write = original;
  };
}

const CONSOLE_METHODS = ['log', 'info', 'debug', 'dir', 'table', 'group', 'warn', 'error', 'trace'] as const;

function captureConsole(name: (typeof CONSOLE_METHODS)[number], notify: OutputListener): () => void {
  const original = console[name];
  console[name] = new Proxy(original, {
    apply(print, self, args) {
      notify('console', `${format(...args)}\n`);
      return Reflect.apply(print, self, args);
    },
  });
  return () => {
    console[name] = original;
  };
}
