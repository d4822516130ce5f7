import assert from 'node:assert/strict';
import { type Check, guide } from '../check/check.ts';
import { partsOf } from '../check/parts-of.ts';

/** Token counts. */
export const usageChecks: readonly Check[] = [
  {
    name: 'every turn’s tokens are counted once',
    family: 'contract',
    why: 'Budgets and bills are made from these numbers.',
    guide: guide('usage'),
    needs: ['usage'],
    async run(trial) {
      const turn = trial.says({ text: 'Yes.', usage: { inputTokens: 11, outputTokens: 7 } });
      trial.answer(turn, turn);
      const { usage } = await trial.llm.generate('Really?');
      assert.equal(usage?.inputTokens, 11, 'generate() must report the prompt tokens that the server counted');
      assert.equal(usage?.outputTokens, 7, 'generate() must report the completion tokens that the server counted');
      await partsOf(trial.llm.stream('Really?'));
      const { inputTokens, outputTokens } = trial.llm.usage;
      assert.deepEqual({ inputTokens, outputTokens }, { inputTokens: 22, outputTokens: 14 }, 'llm.usage is their sum');
    },
  },
];
