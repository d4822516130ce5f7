import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { type Check, guide } from '../check/check.ts';
import { partsOf } from '../check/parts-of.ts';

const WORDS = 'The lamp is lit at dusk.';

/** Turns in parts. */
export const streamingChecks: readonly Check[] = [
  {
    name: 'a stream gives the text and ends with the whole turn',
    family: 'contract',
    why: 'What a user has read and what the program keeps would otherwise differ.',
    guide: guide('streaming'),
    async run(trial) {
      trial.answer(trial.says(WORDS));
      const parts = await partsOf(trial.llm.stream('When?'));
      const text = parts.map(part => (part.type === 'text' ? part.text : '')).join('');
      assert.equal(text, WORDS, 'the text parts must make up the answer');
      const last = parts.at(-1);
      assert.equal(last?.type, 'finish', 'the last part must be `finish`');
      assert.equal(last.generation.text, WORDS);
    },
  },
  {
    name: 'text is given as it arrives',
    family: 'contract',
    why: 'A stream that waits for its end shows the user nothing for as long as the model writes.',
    guide: guide('streaming'),
    needs: ['streaming'],
    async run(trial) {
      trial.answer(trial.slowly(trial.says('word '.repeat(12)), 40));
      const at: number[] = [];
      for await (const part of trial.llm.stream('When?')) if (part.type === 'text') at.push(performance.now());
      const [first = 0, last = 0] = [at[0], at.at(-1)];
      assert.ok(at.length > 1 && last - first > 100, 'the first words must be given long before the last ones');
    },
  },
  {
    name: 'a streamed turn holds its tool calls',
    family: 'contract',
    why: 'Agents stream too: calls that are lost in a stream are work that is never done.',
    guide: guide('streaming'),
    needs: ['tools'],
    async run(trial) {
      const toolCalls = [
        { id: 'call_a', name: 'look', arguments: { at: 'the sea' } },
        { id: 'call_b', name: 'look', arguments: { at: 'the sky, which is "grey"' } },
      ];
      trial.answer(trial.says({ toolCalls }));
      const look = { name: 'look', description: 'Looks.', parameters: { type: 'object' } } as const;
      const parts = await partsOf(trial.llm.stream('Look.', { tools: [look] }));
      const last = parts.at(-1);
      assert.equal(last?.type, 'finish');
      const got = last.generation.toolCalls.map(({ id, name, arguments: text }) => [id, name, JSON.parse(text)]);
      assert.deepEqual(
        got,
        toolCalls.map(({ id, name, arguments: value }) => [id, name, value]),
      );
    },
  },
];
