import { afterEach, beforeEach, expect } from 'vitest';

// The edge environment of vitest does not remove Node's globals. Hide them, so that code which needs one fails.
const NODE_ONLY = ['Buffer', 'process', 'global', 'setImmediate', 'clearImmediate', 'require'] as const;

let hidden: readonly (readonly [string, PropertyDescriptor])[] = [];

beforeEach(() => {
  expect(Reflect.get(globalThis, 'EdgeRuntime')).toBe('edge-runtime');
  hidden = NODE_ONLY.flatMap(name => {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
    return descriptor?.configurable === true ? [[name, descriptor] as const] : [];
  });
  for (const [name] of hidden) Reflect.deleteProperty(globalThis, name);
});

afterEach(() => {
  for (const [name, descriptor] of hidden) Object.defineProperty(globalThis, name, descriptor);
});
