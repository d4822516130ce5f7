import { Agent, runToolLoop, TimeoutError, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { Journal } from '../journal.ts';
import { callsTo, ScriptedLLM, untilAborted } from '../scripted-llm.ts';
import { VirtualClock } from '../virtual-clock.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.', maxRetryLimit: 0 };
const task = { description: 'Where are they?', expectedOutput: 'Shelves' };

describe('cancelled steps', () => {
  it('does not record a step that maxExecutionTime cancels, so that the run can be resumed', async () => {
    const clock = new VirtualClock();
    const slow = new ScriptedLLM([({ signal }) => untilAborted(signal)]);
    const steps = new Journal();
    const run = new Agent({ ...persona, llm: slow, maxExecutionTime: 1, clock }).executeTask(task, { steps });
    await expect(run).rejects.toBeInstanceOf(TimeoutError);
    expect([...steps.steps.keys()]).toEqual([]);
    const again = new Agent({ ...persona, llm: new ScriptedLLM(['Shelf 1.']), maxExecutionTime: 1, clock });
    expect(await again.executeTask(task, { steps: new Journal(steps) })).toBe('Shelf 1.');
  });

  it("does not record a step that the caller's signal cancels, whatever its reason", async () => {
    const controller = new AbortController();
    const reason = new TimeoutError('The shift is over.', { deadline: 'shift' });
    const waits = tool({
      name: 'wait',
      description: 'Waits.',
      parameters: { type: 'object' },
      execute: (_input, { signal }) => {
        controller.abort(reason);
        return untilAborted(signal);
      },
    });
    const steps = new Journal();
    const llm = new ScriptedLLM([callsTo(['wait', {}])]);
    const run = runToolLoop(llm, { messages: 'Go', tools: [waits], steps, signal: controller.signal });
    await expect(run).rejects.toMatchObject({ name: 'TimeoutError', deadline: 'shift', cause: reason });
    expect([...steps.steps.keys()]).toEqual(['turn/1']);
  });
});

describe('timeout of a turn', () => {
  it('records the timeout of a turn: a replay fails with the same error without a request', async () => {
    const llm = new ScriptedLLM([({ signal }) => untilAborted(signal)]);
    const steps = new Journal();
    const first = runToolLoop(llm, { messages: 'Go', steps, timeout: 5 });
    await expect(first).rejects.toMatchObject({ deadline: 'turn' });
    const replayed = runToolLoop(new ScriptedLLM([]), { messages: 'Go', steps: new Journal(steps), timeout: 5 });
    await expect(replayed).rejects.toMatchObject({ name: 'TimeoutError', deadline: 'turn' });
  });
});
