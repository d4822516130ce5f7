import { describe, expect, it } from 'vitest';
import { BoundedMap } from '../src/adapter.ts';

describe('BoundedMap', () => {
  it.each([1_001, 8_008])('keeps the newest 1,000 of %i entries', count => {
    const map = new BoundedMap<number, string>();
    for (let key = 0; key < count; key += 1) map.set(key, `value ${key}`);
    expect([...map.values()]).toHaveLength(1_000);
    expect(map.get(count - 1_001)).toBeUndefined();
    expect(map.get(count - 1_000)).toBe(`value ${count - 1_000}`);
    expect(map.get(count - 1)).toBe(`value ${count - 1}`);
  });

  it('keeps an entry that is set again and removes the one that was set least recently', () => {
    const map = new BoundedMap<number, string>();
    for (let key = 0; key < 1_000; key += 1) map.set(key, 'first');
    map.set(0, 'second');
    map.set(1_000, 'first');
    expect(map.get(0)).toBe('second');
    expect(map.get(1)).toBeUndefined();
    expect([...map.values()]).toHaveLength(1_000);
  });
});
