import { expect, test, vi } from 'vitest';
import { createLeakHarness, failingScenarios, runFailingScenarios, type ScenarioSetting } from '../src/index.ts';

/** Returns a client of the runtime's own fetch. Its calls fail with the error that `toError` creates from the failure. */
function client(setting: ScenarioSetting, secret: string, toError: (failure: string, secret: string) => unknown) {
  const { timeouts, maxResponseBytes = 65_536, endpoint, clock } = setting;
  const { firstByte, idle, total, connect } = timeouts;
  const wait = Math.min(firstByte ?? 2_000, idle ?? 2_000, total ?? 2_000, connect ?? 2_000);
  return {
    calls: {
      async post({ signal, request }: { signal: AbortSignal; request?: RequestInit }): Promise<string> {
        const over = new AbortController();
        const late = new AbortController();
        clock.sleep(wait, over.signal).then(
          () => late.abort(),
          () => undefined,
        );
        const limits = AbortSignal.any([signal, late.signal]);
        const usual = { method: 'POST', headers: { 'x-api-key': secret }, body: '{}', redirect: 'manual' } as const;
        const failure = await fetch(endpoint, { ...usual, ...request, signal: limits })
          .then(async response => {
            const text = await response.text();
            const completion = response.ok && text.length <= maxResponseBytes ? JSON.parse(text) : {};
            return completion.choices?.[0]?.message ? undefined : text;
          })
          .catch((error: unknown) => String(error))
          .finally(() => over.abort());
        if (failure === undefined) return 'answered';
        throw toError(failure, secret);
      },
    },
    objects: [{ endpoint }],
    hasCredentials: ({ headers }: { headers: Readonly<Record<string, string>> }) => headers['x-api-key'] === secret,
  };
}

test('reports no leak for a client whose errors contain nothing', async () => {
  const harness = createLeakHarness();
  const secret = harness.sentinel('key');
  const settings: ScenarioSetting[] = [];
  await runFailingScenarios(harness, setting => {
    settings.push(setting);
    return client(setting, secret, () => new Error('It failed.'));
  });
  expect(settings).toHaveLength(failingScenarios.length);
  harness.assertClean();
});

test('reports the leaks of a client that repeats responses or prints its requests', async () => {
  vi.spyOn(console, 'error').mockReturnValue(undefined);
  const harness = createLeakHarness();
  const secret = harness.sentinel('key');
  await runFailingScenarios(harness, setting =>
    client(setting, secret, failure => {
      console.error(`sent ${secret}`);
      return new Error(failure);
    }),
  );
  const leaks = harness.report();
  const places = leaks.map(({ place }) => place).join('\n');
  for (const place of ['status 401: post: thrown error', 'an error as an HTML page', 'an event that is an error']) {
    expect(places).toContain(place);
  }
  expect(places).toMatch(/console|stderr/);
  expect(new Set(leaks.map(({ form }) => form))).toEqual(new Set(['raw', 'base64', 'hex']));
});

test('reports the request to another origin when a client follows a redirect', async () => {
  const harness = createLeakHarness();
  const secret = harness.sentinel('key');
  await runFailingScenarios(harness, setting => {
    const made = client(setting, secret, () => new Error('It failed.'));
    const follow = async ({ signal }: { signal: AbortSignal }): Promise<never> => {
      await made.calls.post({ signal, request: { redirect: 'follow' } });
      throw new Error('It failed.');
    };
    return { ...made, calls: { follow } };
  });
  expect(harness.report().filter(({ form }) => form === 'request')).not.toHaveLength(0);
});

test('names the scenario when a call does not fail or sends no credential', async () => {
  const harness = createLeakHarness();
  const secret = harness.sentinel('key');
  const fine = runFailingScenarios(harness, setting => ({
    ...client(setting, secret, () => undefined),
    calls: { post: async () => 'answered' },
  }));
  await expect(fine).rejects.toThrow('status 400: post did not fail.');
  const silent = runFailingScenarios(harness, setting => ({
    ...client(setting, secret, () => undefined),
    calls: { post: () => Promise.reject(new Error('It failed.')) },
  }));
  await expect(silent).rejects.toThrow('status 400: no request with the credentials arrived.');
});
