import { runToolLoop, type StreamPart, type TurnRequest } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { countedSignal } from './listener-count.ts';
import { callsTo, ScriptedLLM } from './scripted-llm.ts';

/** An LLM whose capability methods throw. */
class Unsure extends ScriptedLLM {
  override supportsStopWords(): boolean {
    throw new Error('the settings are gone');
  }
}

const tools = [{ name: 'nothing', description: 'No function.', parameters: { type: 'object' } }];

describe("listeners on the caller's signal", () => {
  it.each([
    ['a turn', async (signal: AbortSignal) => new ScriptedLLM(['ok']).generate('Hi', { signal })],
    ['a turn that fails', (signal: AbortSignal) => new ScriptedLLM([new Error('no')]).generate('Hi', { signal })],
    ['a turn that cannot begin', (signal: AbortSignal) => new Unsure(['ok']).generate('Hi', { signal })],
    [
      'a stream',
      async (signal: AbortSignal) => {
        for await (const _ of new ScriptedLLM(['one two']).stream('Hi', { signal }));
      },
    ],
    [
      'a stream that is left',
      async (signal: AbortSignal) => {
        for await (const _ of new ScriptedLLM(['one two']).stream('Hi', { signal })) break;
      },
    ],
    ['a loop', (signal: AbortSignal) => runToolLoop(new ScriptedLLM(['ok']), { messages: 'Hi', signal })],
    [
      'a loop that cannot begin',
      (signal: AbortSignal) => runToolLoop(new ScriptedLLM([], { contextWindow: 0 }), { messages: 'Hi', signal }),
    ],
    [
      'a loop whose tools cannot run',
      (signal: AbortSignal) =>
        runToolLoop(new ScriptedLLM([callsTo(['nothing', {}])]), { messages: 'Hi', tools, signal }),
    ],
  ])('%s leaves no listener on the signal of its caller', async (_name, run) => {
    const { controller, listeners } = countedSignal();
    await Promise.resolve(run(controller.signal)).catch(() => undefined);
    expect(listeners()).toBe(0);
  });
});

/** An LLM whose streams fail to clean up. */
class FailsToClose extends ScriptedLLM {
  readonly #parts: readonly StreamPart[];
  constructor(parts: readonly StreamPart[]) {
    super([]);
    this.#parts = parts;
  }
  override async *respondStream(_request: TurnRequest): AsyncIterable<StreamPart> {
    try {
      yield* this.#parts;
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: this is the fault.
      throw new Error('cannot close');
    }
  }
}

const finish = (text: string): StreamPart => ({
  type: 'finish',
  generation: {
    text,
    toolCalls: [],
    finishReason: 'stop',
    reasoning: undefined,
    usage: undefined,
    model: undefined,
    requestId: undefined,
  },
});

describe('stream that fails to clean up', () => {
  it('a stream that fails to clean up emits all its parts', async () => {
    const parts: string[] = [];
    for await (const { type } of new FailsToClose([finish('whole')]).stream('Hi')) parts.push(type);
    expect(parts).toEqual(['text', 'finish']);
  });

  it('a stream that fails to clean up rejects with the earlier error', async () => {
    const run = (async () => {
      for await (const _ of new FailsToClose([finish('')]).stream('Hi'));
    })();
    await expect(run).rejects.toMatchObject({ code: 'EMPTY_REPLY' });
  });

  it('the consumer can leave a stream that fails to clean up', async () => {
    for await (const _ of new FailsToClose([{ type: 'text', text: 'a' }, finish('a')]).stream('Hi')) break;
  });
});
