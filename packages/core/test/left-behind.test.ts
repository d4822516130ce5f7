import { runToolLoop, type StreamPart, type TurnRequest } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { countedSignal } from './listener-count.ts';
import { callsTo, ScriptedLLM } from './scripted-llm.ts';

/** An LLM that cannot say what it is able to. */
class Unsure extends ScriptedLLM {
  override supportsStopWords(): boolean {
    throw new Error('the settings are gone');
  }
}

const tools = [{ name: 'nothing', description: 'No function.', parameters: { type: 'object' } }];

describe('no listener is left behind on the signal of the caller by', () => {
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
  ])('%s', async (_what, run) => {
    const { controller, listeners } = countedSignal();
    await Promise.resolve(run(controller.signal)).catch(() => undefined);
    expect(listeners()).toBe(0);
  });
});

/** A stream whose cleaning up fails. */
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

describe('a stream that fails to clean up', () => {
  it('has been given all the same', async () => {
    const parts: string[] = [];
    for await (const { type } of new FailsToClose([finish('whole')]).stream('Hi')) parts.push(type);
    expect(parts).toEqual(['text', 'finish']);
  });

  it('fails with what failed before', async () => {
    const run = (async () => {
      for await (const _ of new FailsToClose([finish('')]).stream('Hi'));
    })();
    await expect(run).rejects.toMatchObject({ code: 'EMPTY_REPLY' });
  });

  it('can be left', async () => {
    for await (const _ of new FailsToClose([{ type: 'text', text: 'a' }, finish('a')]).stream('Hi')) break;
  });
});
