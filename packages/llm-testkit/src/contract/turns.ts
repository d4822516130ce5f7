import assert from 'node:assert/strict';
import { collectParts, PROMPT_MS, within } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';

/** Stop words of the LLM and of the call. */
export const stopWordChecks: readonly Check[] = [
  {
    name: 'the stop words of the LLM and of the call reach the server',
    family: 'contract',
    why: 'A server that is not told where to stop writes, and charges for, what nobody reads.',
    guide: guide('stop-words'),
    async run(trial) {
      trial.llm.stop = ['Observation:'];
      trial.reply(trial.modelTurn('Thought: none.'));
      await trial.llm.generate('Think.', { stop: ['END'] });
      const expected = trial.llm.supportsStopWords() ? ['END', 'Observation:'] : [];
      assert.deepEqual(
        [...trial.decodedRequest(0).stop].sort(),
        expected,
        'the request must hold the complete list, once each',
      );
    },
  },
  {
    name: 'the reply ends before the first stop word',
    family: 'contract',
    why: 'Agents of the text protocol would read a result that the model made up.',
    guide: guide('stop-words'),
    async run(trial) {
      const written = trial.modelTurn('Action: look END Observation: invented');
      trial.reply(written, written);
      const options = { stop: ['Observation:', 'END'] };
      assert.equal((await trial.llm.generate('Think.', options)).text, 'Action: look ');
      let streamed = '';
      for await (const part of trial.llm.stream('Think.', options)) if (part.type === 'text') streamed += part.text;
      assert.equal(streamed, 'Action: look ');
    },
  },
];

/** Token counts. */
export const usageChecks: readonly Check[] = [
  {
    name: 'every turn’s tokens are counted once',
    family: 'contract',
    why: 'Budgets and bills are made from these numbers.',
    guide: guide('usage'),
    requires: ['usage'],
    async run(trial) {
      const turn = trial.modelTurn({ text: 'Yes.', usage: { inputTokens: 11, outputTokens: 7 } });
      trial.reply(turn, turn);
      const { usage } = await trial.llm.generate('Really?');
      assert.equal(usage?.inputTokens, 11, 'generate() must report the prompt tokens that the server counted');
      assert.equal(usage?.outputTokens, 7, 'generate() must report the completion tokens that the server counted');
      await collectParts(trial.llm.stream('Really?'));
      const { inputTokens, outputTokens } = trial.llm.usage;
      assert.deepEqual({ inputTokens, outputTokens }, { inputTokens: 22, outputTokens: 14 }, 'llm.usage is their sum');
    },
  },
];

const WORDS = 'The lamp is lit at dusk.';

/** Turns in parts. */
export const streamingChecks: readonly Check[] = [
  {
    name: 'a stream gives the text and ends with the whole turn',
    family: 'contract',
    why: 'What a user has read and what the program keeps would otherwise differ.',
    guide: guide('streaming'),
    async run(trial) {
      trial.reply(trial.modelTurn(WORDS));
      const parts = await collectParts(trial.llm.stream('When?'));
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
    requires: ['streaming'],
    async run(trial) {
      // The server holds back the rest until the first words were given, or too much time has passed.
      const given = Promise.withResolvers<void>();
      const inTime = within(PROMPT_MS, given.promise, 'The first text of a stream whose rest is held back').then(
        () => true,
        () => false,
      );
      trial.reply(trial.pausedAfterStart(trial.modelTurn('word '.repeat(12)), inTime));
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
    requires: ['tools'],
    async run(trial) {
      const toolCalls = [
        { id: 'call_a', name: 'look', arguments: { at: 'the sea' } },
        { id: 'call_b', name: 'look', arguments: { at: 'the sky, which is "grey"' } },
      ];
      trial.reply(trial.modelTurn({ toolCalls }));
      const look = { name: 'look', description: 'Looks.', parameters: { type: 'object' } } as const;
      const parts = await collectParts(trial.llm.stream('Look.', { tools: [look] }));
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
