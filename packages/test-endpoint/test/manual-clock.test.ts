import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { manualClock } from '../src/index.ts';

test('advance() moves the wall clock and the monotonic clock together', async () => {
  const clock = manualClock({ wall: 1_000 });
  await clock.advance(250);
  expect([clock.wall(), clock.monotonic()]).toEqual([1_250, 250]);
});

test('jumpWall() moves only the wall clock, in both directions', async () => {
  const clock = manualClock({ wall: 1_000 });
  clock.jumpWall(-400);
  expect([clock.wall(), clock.monotonic()]).toEqual([600, 0]);
  clock.jumpWall(5_000);
  expect([clock.wall(), clock.monotonic()]).toEqual([5_600, 0]);
});

test('wakes sleepers in order of their times, and those with equal times in order of their calls', async () => {
  const clock = manualClock({ wall: 0 });
  const woken: [string, number][] = [];
  const sleep = async (name: string, milliseconds: number) => {
    await clock.sleep(milliseconds);
    woken.push([name, clock.monotonic()]);
  };
  const all = [sleep('c', 30), sleep('a', 10), sleep('b1', 20), sleep('b2', 20), sleep('d', 31)];
  await clock.advance(30);
  expect(woken).toEqual([
    ['a', 10],
    ['b1', 20],
    ['b2', 20],
    ['c', 30],
  ]);
  expect(clock.sleepers).toBe(1);
  await clock.advance(1);
  await Promise.all(all);
});

test('wakes a sleep that starts while the clock advances within the same advance', async () => {
  const clock = manualClock();
  const times: number[] = [];
  const run = async () => {
    for (let round = 0; round < 3; round += 1) {
      await clock.sleep(10);
      times.push(clock.monotonic());
    }
  };
  const done = run();
  await clock.advance(100);
  await done;
  expect(times).toEqual([10, 20, 30]);
});

test('wakes a sleep that starts after a few awaits just before advance()', async () => {
  const clock = manualClock();
  const late = (async () => {
    await new Promise(setImmediate);
    await clock.sleep(5);
    return clock.monotonic();
  })();
  await clock.advance(5);
  expect(await late).toBe(5);
});

test('rejects a sleep with the abort reason and leaves neither listener nor sleeper', async () => {
  const clock = manualClock();
  const controller = new AbortController();
  const sleeping = clock.sleep(10, controller.signal);
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
  controller.abort('enough');
  await expect(sleeping).rejects.toBe('enough');
  expect(clock.sleepers).toBe(0);
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  await expect(clock.sleep(10, controller.signal)).rejects.toBe('enough');
});

test('removes the listener of a sleep that ended', async () => {
  const clock = manualClock();
  const { signal } = new AbortController();
  const sleeping = clock.sleep(10, signal);
  await clock.advance(10);
  await sleeping;
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('whenSleeping() resolves at the given number of sleepers', async () => {
  const clock = manualClock();
  let seen = false;
  const two = clock.whenSleeping(2).then(() => {
    seen = true;
  });
  const first = clock.sleep(1);
  await new Promise(setImmediate);
  expect(seen).toBe(false);
  const second = clock.sleep(1);
  await two;
  expect(seen).toBe(true);
  await clock.advance(1);
  await Promise.all([first, second]);
});

test('resolves a sleep of no time without moving the clock', async () => {
  await manualClock().sleep(0);
  await manualClock().sleep(-1);
});
