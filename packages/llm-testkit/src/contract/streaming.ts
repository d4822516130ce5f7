import assert from 'node:assert/strict';
import { type Check, guide } from '../check/check.ts';
import { partsOf } from '../check/parts-of.ts';
import { PROMPTLY, within } from '../trial/within.ts';

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
      // The server holds back the rest until the first words were given, or too much time has passed.
      const given = Promise.withResolvers<void>();
      const inTime = within(PROMPTLY, given.promise, 'The first text of a stream whose rest is held back').then(
        () => true,
        () => false,
      );
      trial.answer(trial.heldBack(trial.says('word '.repeat(12)), inTime));
      for await (const part of trial.llm.stream('When?')) if (part.type === 'text') given.resolve();
      given.resolve();
      assert.ok(await inTime, 'the first words must be given before the last ones are sent');
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
