import { type CrewEvent, runToolLoop, type StreamPart, tool } from '@crew/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findStopWord, StopWordCutter } from '../src/llm/stop-words.ts';
import { type Script, ScriptedLLM } from './scripted-llm.ts';

/** A small alphabet, so that stop words overlap each other and themselves. */
const letters = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength, maxLength });
const stopLists = fc.array(letters(1, 5), { maxLength: 4 });

/** A text split into deltas. */
const pieces = fc.array(letters(0, 6), { minLength: 1, maxLength: 12 });

function cutWhole(text: string, stops: readonly string[]): string {
  const at = findStopWord(text, stops);
  return at === -1 ? text : text.slice(0, at);
}

describe('StopWordCutter', () => {
  it('a streamed text is cut where the whole text would be cut, however it is split', () => {
    fc.assert(
      fc.property(pieces, stopLists, (deltas, stops) => {
        const cutter = new StopWordCutter(stops);
        const shown = deltas.map(delta => cutter.push(delta)).join('') + cutter.flush();
        expect(shown).toBe(cutWhole(deltas.join(''), stops));
        expect(cutter.isCut).toBe(findStopWord(deltas.join(''), stops) !== -1);
      }),
      { numRuns: 5000 },
    );
  });

  it('a streamed text is emitted as soon as no stop word can begin in it', () => {
    fc.assert(
      fc.property(pieces, stopLists, (deltas, stops) => {
        const cutter = new StopWordCutter(stops);
        let text = '';
        let shown = '';
        for (const delta of deltas) {
          text += delta;
          shown += cutter.push(delta);
          expect(cutWhole(text, stops).startsWith(shown)).toBe(true);
          if (!cutter.isCut)
            expect(text.length - shown.length).toBeLessThan(2 * Math.max(1, ...stops.map(s => s.length)));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** An LLM that streams the given deltas, with a tool call between them. */
class PiecewiseLLM extends ScriptedLLM {
  readonly #deltas: readonly string[];

  constructor(deltas: readonly string[], stop: readonly string[], stopWords: boolean) {
    super([], { stop, stopWords });
    this.#deltas = deltas;
  }

  override async *respondStream(): AsyncIterable<StreamPart> {
    for (const [index, text] of this.#deltas.entries()) {
      yield { type: 'text', text };
      yield { type: 'tool-call-start', index, id: `call-${index}`, name: 'note' };
      yield { type: 'tool-call-arguments', index, text: '{}' };
    }
    const toolCalls = this.#deltas.map((_, index) => ({ id: `call-${index}`, name: 'note', arguments: '{}' }));
    const rest = { reasoning: undefined, usage: undefined, model: undefined, requestId: undefined };
    const generation = { text: this.#deltas.join(''), toolCalls, finishReason: 'tool-calls' as const, ...rest };
    yield { type: 'finish', generation };
  }
}

describe('stop words of a streamed turn', () => {
  it('a streamed turn emits nothing after a stop word nor a part of one, whether or not the provider supports stop words', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, stopLists, fc.boolean(), async (deltas, stops, stopWords) => {
        const expected = cutWhole(deltas.join(''), stops);
        const cut = expected !== deltas.join('');
        const parts: StreamPart[] = [];
        const events: CrewEvent[] = [];
        try {
          const llm = new PiecewiseLLM(deltas, stops, stopWords);
          for await (const part of llm.stream('Go', { callbacks: [event => events.push(event)] })) parts.push(part);
        } catch {
          // The reply is only a stop word: an EmptyReplyError.
          expect(cut && expected.trim() === '').toBe(true);
        }
        const shown = parts.flatMap(part => (part.type === 'text' ? [part.text] : [])).join('');
        expect(shown).toBe(expected);
        expect(events.flatMap(event => (event.type === 'turn-delta' ? [event.text] : [])).join('')).toBe(expected);
        const finish = parts.at(-1);
        if (finish?.type !== 'finish') return;
        expect(finish.generation.text).toBe(expected);
        expect(finish.generation.toolCalls.length).toBe(cut ? 0 : deltas.length);
        // A tool call after the stop word is never emitted.
        const before = deltas.findIndex((_, index) => deltas.slice(0, index + 1).join('').length > expected.length);
        const started = parts.filter(({ type }) => type === 'tool-call-start').length;
        expect(started).toBeLessThanOrEqual(cut ? before : deltas.length);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('stop words of concurrent runs', () => {
  it('concurrent runs on one LLM have their own stop words and do not change those of the LLM', async () => {
    const noted = tool({ name: 'note', description: 'Notes.', parameters: { type: 'object' }, execute: () => 'noted' });
    await fc.assert(
      fc.asyncProperty(
        fc.array(letters(1, 3), { minLength: 2, maxLength: 6 }),
        fc.boolean(),
        async (words, stopWords) => {
          const stops = words.map((word, index) => `<${index}${word.replaceAll('\n', 'c')}>`);
          const everything = `said ${stops.join(' ')}`;
          const script: Script[] = stops.flatMap(() => [`Thought: ${everything}`, `Final Answer: ${everything}`]);
          const llm = new ScriptedLLM(script, { stop: ['own'], stopWords, functionCalling: false });
          const answers = await Promise.all(
            stops.map(stop => runToolLoop(llm, { messages: stop, tools: [noted], stop }).then(({ text }) => text)),
          );
          expect(answers).toEqual(stops.map(stop => everything.slice(0, everything.indexOf(stop)).trim()));
          expect(llm.stop).toEqual(['own']);
          for (const { messages, stop } of llm.requests) {
            const question = String(messages[0]?.content).split('\n').at(-1) ?? '';
            const own = stops.find(candidate => question.includes(candidate));
            expect(stop).toEqual(stopWords ? ['own', own, '\nObservation:'] : []);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
