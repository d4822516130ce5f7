import {
  Agent,
  AuthenticationError,
  ConfigurationError,
  type CrewEvent,
  type Guardrail,
  GuardrailError,
  Task,
} from '@crew/core';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { counted, lastText, ScriptedLLM } from '../scripted-llm.ts';
import { makeTask, persona, taskOptions } from './make-task.ts';

const short: Guardrail = output => output.raw.length < 12 || 'Be shorter.';

describe('guardrail function', () => {
  it.each<[string, Guardrail]>([
    ['true', () => true],
    ['a promise of true', async () => true as const],
    ['{ ok: true }', () => ({ ok: true })],
  ])('accepts the output by returning %s', async (_what, guardrail) => {
    const { task, llm } = makeTask(['Shelf 3.'], { guardrail });
    expect((await task.execute()).raw).toBe('Shelf 3.');
    expect(llm.requests).toHaveLength(1);
  });

  it.each<[string, Guardrail, string]>([
    ['a string', output => output.raw === 'better' || 'Be better.', 'Be better.'],
    ['{ ok: false, feedback }', output => ({ ok: output.raw === 'better', feedback: 'Be better.' }), 'Be better.'],
    ['{ ok: false }', output => ({ ok: output.raw === 'better' }), 'It is not acceptable.'],
  ])('causes a new attempt by returning %s', async (_what, guardrail, feedback) => {
    const { task, llm } = makeTask(['worse', 'better'], { guardrail });
    expect((await task.execute()).raw).toBe('better');
    expect(lastText(llm.requests[1])).toContain(`### Previous attempt failed validation: ${feedback}`);
    expect(lastText(llm.requests[1])).toContain('### Previous result:\nworse');
  });

  it('causes a new attempt with the original context and only the last feedback', async () => {
    const verdicts = ['First fault.', 'Second fault.'];
    const { task, llm } = makeTask(['a', 'b', 'c'].map(counted), { guardrail: () => verdicts.shift() ?? true });
    const output = await task.execute({ context: 'Emma was moved.' });
    expect(output.raw).toBe('c');
    expect(output.usage.inputTokens).toBe(30);
    for (const request of llm.requests) {
      expect(lastText(request)).toContain("This is the context you're working with:\nEmma was moved.");
    }
    expect(lastText(llm.requests[2])).toContain('Second fault.');
    expect(lastText(llm.requests[2])).not.toContain('First fault.');
  });

  it('fails the task with a GuardrailError and the last feedback after three retries', async () => {
    let judged = 0;
    const { task, llm } = makeTask(['a', 'b', 'c', 'd', 'e'].map(counted), {
      guardrail: () => {
        judged += 1;
        return `Fault ${judged}.`;
      },
    });
    const error = await task.execute().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GuardrailError);
    expect(error).toMatchObject({
      feedback: 'Fault 4.',
      message: 'A guardrail rejected the output of task "Where is Emma?" 4 times. The last feedback: Fault 4.',
      usage: { inputTokens: 40, outputTokens: 4 },
    });
    expect(llm.requests).toHaveLength(4);
  });

  it('allows as many retries as guardrailMaxRetries, including none', async () => {
    const { task, llm } = makeTask(['a', 'b'], { guardrail: () => 'No.', guardrailMaxRetries: 0 });
    await expect(task.execute()).rejects.toThrow('rejected the output of task "Where is Emma?" once.');
    expect(llm.requests).toHaveLength(1);
  });

  it('can replace the output with a better value', async () => {
    const { task } = makeTask(['  Shelf 3.  '], { guardrail: output => ({ ok: true, value: output.raw.trim() }) });
    expect((await task.execute()).raw).toBe('Shelf 3.');
  });

  it('can replace the output with JSON that fits the schema', async () => {
    const agent = new Agent({ ...persona, llm: new ScriptedLLM(['{"shelf":3}']) });
    const task = new Task({
      ...taskOptions,
      agent,
      outputSchema: z.object({ shelf: z.number(), room: z.string().default('unknown') }),
      guardrail: output => ({ ok: true, value: { shelf: output.parsed.shelf + 1 } }),
    });
    const output = await task.execute();
    expect(output).toMatchObject({ raw: '{"shelf":4}', json: { shelf: 4 }, parsed: { shelf: 4, room: 'unknown' } });
  });

  it('cannot replace the output with a value that does not fit the schema', async () => {
    const agent = new Agent({ ...persona, llm: new ScriptedLLM(['{"shelf":3}']) });
    const task = new Task({
      ...taskOptions,
      agent,
      outputSchema: z.object({ shelf: z.number() }),
      guardrail: () => ({ ok: true, value: { shelf: 'three' } }),
    });
    await expect(task.execute()).rejects.toThrow(/guardrail 1 of task .* does not fit its outputSchema: shelf/);
  });

  it.each([[false], [undefined], [3], [{}], [{ ok: 'yes' }]])(
    'fails the task with a ConfigurationError by returning %o',
    async verdict => {
      const { task } = makeTask(['Shelf 3.'], { guardrail: (() => verdict) as unknown as Guardrail });
      const run = task.execute();
      await expect(run).rejects.toBeInstanceOf(ConfigurationError);
      await expect(run).rejects.toThrow(
        /must return true, a string that says what is wrong, or \{ ok, value, feedback \}/,
      );
    },
  );

  it('fails the task by throwing, without a new attempt', async () => {
    const { task, llm } = makeTask(['Shelf 3.'], { guardrail: () => Promise.reject(new Error('no catalogue')) });
    await expect(task.execute()).rejects.toThrow('A guardrail of task "Where is Emma?" failed: no catalogue');
    expect(llm.requests).toHaveLength(1);
  });

  it('receives the signal and the authContext of the run', async () => {
    const authContext = { tenant: 'a' };
    let seen: unknown;
    const { task } = makeTask(['Shelf 3.'], {
      guardrail: (_output, context) => {
        seen = context.authContext;
        return !context.signal.aborted || 'aborted';
      },
    });
    await task.execute({ authContext });
    expect(seen).toBe(authContext);
  });

  it('emits an event for each verdict', async () => {
    const events: CrewEvent[] = [];
    const { task } = makeTask(['far too long an answer', 'short'], { guardrail: short });
    await task.execute({ callbacks: [event => void events.push(event)] });
    expect(events.filter(event => event.type === 'guardrail')).toMatchObject([
      { name: 'Where is Emma?', attempt: 1, ok: false, feedback: 'Be shorter.', runId: events[0]?.runId },
      { name: 'Where is Emma?', attempt: 2, ok: true, feedback: undefined },
    ]);
  });
});

describe('several guardrails', () => {
  it('judge in order, and the first rejection ends the attempt', async () => {
    const judged: string[] = [];
    const named =
      (name: string, guardrail: Guardrail): Guardrail =>
      (output, context) => {
        judged.push(name);
        return typeof guardrail === 'function' ? guardrail(output, context) : true;
      };
    const { task } = makeTask(['far too long an answer', 'short'], {
      guardrail: [named('first', short), named('second', () => true)],
    });
    await task.execute();
    expect(judged).toEqual(['first', 'first', 'second']);
  });

  it('see the value that an earlier guardrail returned', async () => {
    const { task } = makeTask(['a'], {
      guardrail: [output => ({ ok: true, value: `${output.raw}b` }), output => ({ ok: true, value: `${output.raw}c` })],
    });
    expect((await task.execute()).raw).toBe('abc');
  });
});

describe('guardrail sentence', () => {
  const yes = counted('{"valid": true, "feedback": ""}');
  const no = counted('{"valid": false, "feedback": "No shelf is named."}');

  it("is judged by the agent's model", async () => {
    const { task, llm } = makeTask([counted('Upstairs.'), no, counted('Shelf 3.'), yes], {
      guardrail: 'It names a shelf.',
    });
    const output = await task.execute();
    expect(output.raw).toBe('Shelf 3.');
    expect(output.usage).toEqual({ inputTokens: 40, outputTokens: 4 });
    const question = lastText(llm.requests[1]);
    expect(question).toContain('```\nUpstairs.\n```');
    expect(question).toContain('Guardrail:\nIt names a shelf.');
    expect(llm.requests[1]?.responseFormat?.schema).toMatchObject({ required: ['valid', 'feedback'] });
    expect(lastText(llm.requests[2])).toContain('Previous attempt failed validation: No shelf is named.');
  });

  it('is judged again when the verdict cannot be read', async () => {
    const { task, llm } = makeTask(['Shelf 3.', 'Looks fine to me!', yes], { guardrail: 'It names a shelf.' });
    expect((await task.execute()).raw).toBe('Shelf 3.');
    expect(lastText(llm.requests[2])).toContain('Your reply cannot be used');
  });

  it('fails the task when the model cannot be called', async () => {
    const refused = new AuthenticationError('refused', { status: 401 });
    const { task } = makeTask(['Shelf 3.', refused], { guardrail: 'It names a shelf.' });
    await expect(task.execute()).rejects.toMatchObject({ name: 'AuthenticationError', cause: refused });
  });

  it('emits its turns in the span of the task', async () => {
    const events: CrewEvent[] = [];
    const { task } = makeTask(['Shelf 3.', yes], { guardrail: 'It names a shelf.' });
    await task.execute({ callbacks: [event => void events.push(event)] });
    const turns = events.filter(event => event.type === 'turn-start');
    expect(turns[1]?.parentId).toBe(events[0]?.runId);
  });
});
