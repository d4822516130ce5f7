import assert from 'node:assert/strict';
import { collectParts, PROMPT_MS, within } from '../check/assertions.ts';
import { type Check, guide } from '../check/check.ts';

/** Checks of the stop words of the LLM and of the call. */
export const stopWordChecks: readonly Check[] = [
  {
    name: 'sends the stop words of the LLM and of the call to the server',
    family: 'contract',
    why: 'A server without the stop words generates, and charges for, text that is discarded.',
    guide: guide('stop-words'),
    async run(trial) {
      trial.llm.stop = ['Observation:'];
      trial.reply(trial.modelTurn('Thought: none.'));
      await trial.llm.generate('Think.', { stop: ['END'] });
      const expected = trial.llm.supportsStopWords() ? ['END', 'Observation:'] : [];
      assert.deepEqual(
        [...trial.decodedRequest(0).stop].sort(),
        expected,
        'the request must contain every stop word once',
      );
    },
  },
  {
    name: 'ends the reply before the first stop word',
    family: 'contract',
    why: 'Otherwise agents that use the ReAct protocol read a result that the model invented.',
    guide: guide('stop-words'),
    async run(trial) {
      const turn = trial.modelTurn('Action: look END Observation: invented');
      trial.reply(turn, turn);
      const options = { stop: ['Observation:', 'END'] };
      assert.equal((await trial.llm.generate('Think.', options)).text, 'Action: look ');
      let streamed = '';
      for await (const part of trial.llm.stream('Think.', options)) if (part.type === 'text') streamed += part.text;
      assert.equal(streamed, 'Action: look ');
    },
  },
];

/** Checks of the schema that a reply must fit. */
export const schemaChecks: readonly Check[] = [
  {
    name: 'sends the schema of an object to the model',
    family: 'contract',
    why: 'A model that never receives the schema replies with JSON of another shape, which costs further turns.',
    guide: guide('structured-output'),
    async run(trial) {
      assert.equal(typeof trial.llm.supportsResponseFormat(), 'boolean');
      const parameters = { type: 'object', properties: { lampHeightMetres: { type: 'number' } } } as const;
      trial.reply(trial.modelTurn('{"lampHeightMetres":12}'));
      const { object } = await trial.llm.generateObject('How high is the lamp?', {
        ...parameters,
        required: ['lampHeightMetres'],
      });
      assert.deepEqual(object, { lampHeightMetres: 12 });
      const request = trial.requests[0];
      assert.ok(
        request?.body.includes('lampHeightMetres'),
        'the first request must contain the schema: send options.responseFormat, or return false from supportsResponseFormat()',
      );
    },
  },
];

/** Checks of token counts. */
export const usageChecks: readonly Check[] = [
  {
    name: 'counts the tokens of every turn once',
    family: 'contract',
    why: 'Budgets and invoices are based on these numbers.',
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
      assert.deepEqual(
        { inputTokens, outputTokens },
        { inputTokens: 22, outputTokens: 14 },
        'llm.usage must be their sum',
      );
    },
  },
];

const WORDS = 'The lamp is lit at dusk.';

/** Checks of streamed turns. */
export const streamingChecks: readonly Check[] = [
  {
    name: 'streams the text and ends the stream with the whole turn',
    family: 'contract',
    why: 'Otherwise the text that a user reads differs from the text that the program stores.',
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
    name: 'emits text as it arrives',
    family: 'contract',
    why: 'A stream that is buffered to its end shows the user nothing while the model generates text.',
    guide: guide('streaming'),
    requires: ['streaming'],
    async run(trial) {
      // The server pauses until the adapter has emitted the first words, or the time limit has passed.
      const emitted = Promise.withResolvers<void>();
      const inTime = within(PROMPT_MS, emitted.promise, 'The first text of a stream that pauses after its start').then(
        () => true,
        () => false,
      );
      trial.reply(trial.pausedAfterStart(trial.modelTurn('word '.repeat(12)), inTime));
      for await (const part of trial.llm.stream('When?')) if (part.type === 'text') emitted.resolve();
      emitted.resolve();
      assert.ok(await inTime, 'the first words must be emitted before the last ones are sent');
    },
  },
  {
    name: 'returns the tool calls of a streamed turn',
    family: 'contract',
    why: 'Agents also stream, so a tool call that is lost in a stream is never executed.',
    guide: guide('streaming'),
    requires: ['tools'],
    async run(trial) {
      const toolCalls = [
        { id: 'callA0001', name: 'look', arguments: { at: 'the sea' } },
        { id: 'callB0001', name: 'look', arguments: { at: 'the sky, which is "grey"' } },
      ];
      trial.reply(trial.modelTurn({ toolCalls }));
      const look = { name: 'look', description: 'Looks.', parameters: { type: 'object' } } as const;
      const parts = await collectParts(trial.llm.stream('Look.', { tools: [look] }));
      const last = parts.at(-1);
      assert.equal(last?.type, 'finish');
      const streamedCalls = last.generation.toolCalls.map(({ id, name, arguments: text }) => [
        id,
        name,
        JSON.parse(text),
      ]);
      assert.deepEqual(
        streamedCalls,
        toolCalls.map(({ id, name, arguments: value }) => [id, name, value]),
      );
    },
  },
];
