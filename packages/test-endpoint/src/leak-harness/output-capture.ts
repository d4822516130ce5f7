import { format } from 'node:util';

export type OutputPlace = 'stdout' | 'stderr' | 'console' | 'process warning';

/** Receives what the process prints. */
export type OutputListener = (place: OutputPlace, text: string) => void;

const listeners = new Set<OutputListener>();
let untap: (() => void) | undefined;

/**
 * Listens to stdout, stderr, the console (which a test runner may lead past both) and process warnings (which Node writes past
 * stderr), until the returned function is called. Everything is still printed. Listeners may overlap.
 */
export function tapOutput(listener: OutputListener): () => void {
  listeners.add(listener);
  untap ??= tap();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    untap?.();
    untap = undefined;
  };
}

function tap(): () => void {
  const tell: OutputListener = (place, text) => {
    for (const listener of listeners) listener(place, text);
  };
  const restore = [
    tapStream('stdout', tell),
    tapStream('stderr', tell),
    ...CONSOLE_METHODS.map(name => tapConsole(name, tell)),
  ];
  const onWarning = (warning: Error) => tell('process warning', format(warning));
  process.on('warning', onWarning);
  return () => {
    process.off('warning', onWarning);
    for (const undo of restore) undo();
  };
}

function tapStream(name: 'stdout' | 'stderr', tell: OutputListener): () => void {
  const stream = process[name];
  const original = stream.write;
  stream.write = new Proxy(original, {
    apply(write, self, args) {
      const chunk: unknown = args[0];
      tell(name, chunk instanceof Uint8Array ? Buffer.from(chunk).toString('utf8') : String(chunk));
      return Reflect.apply(write, self, args);
    },
  });
  return () => {
    stream.write = original;
  };
}

const CONSOLE_METHODS = ['log', 'info', 'debug', 'dir', 'table', 'group', 'warn', 'error', 'trace'] as const;

function tapConsole(name: (typeof CONSOLE_METHODS)[number], tell: OutputListener): () => void {
  const original = console[name];
  console[name] = new Proxy(original, {
    apply(print, self, args) {
      tell('console', `${format(...args)}\n`);
      return Reflect.apply(print, self, args);
    },
  });
  return () => {
    console[name] = original;
  };
}
