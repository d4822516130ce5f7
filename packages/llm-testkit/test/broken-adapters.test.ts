import { checkAdapter } from '@crew/llm-testkit';
import { expect, it } from 'vitest';
import { brokenAdapters } from './adapters/broken.ts';
import { describeHandWritten } from './adapters/describe-hand-written.ts';

it.concurrent.each(Object.entries(brokenAdapters))(
  'an adapter that %s fails exactly the checks of that',
  { timeout: 90_000 },
  async (name, { llmClass, fails }) => {
    const results = await checkAdapter(describeHandWritten(name, llmClass));
    const failed = results.filter(({ outcome }) => outcome === 'failed').map(result => result.name);
    expect(failed.sort()).toEqual([...fails].sort());
  },
);
