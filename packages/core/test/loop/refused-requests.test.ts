import {
  Agent,
  AuthenticationError,
  BaseLLM,
  ConnectionError,
  CrewError,
  type Message,
  RateLimitError,
  ResponseError,
  runToolLoop,
  type TurnRequest,
  tool,
} from '@crew/core';
import { decodeError, toResponseError } from '@crew/core/chat-completions';
import { expect, test } from 'vitest';
import { callsTo, ScriptedLLM } from '../scripted-llm.ts';

const add = tool({
  name: 'add',
  description: 'Adds two numbers.',
  parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
  execute: ({ a, b }) => Number(a) + Number(b),
});
const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
const task = { description: 'Where is Emma?', expectedOutput: 'A shelf' };
const clock = { wall: () => 0, monotonic: () => 0, sleep: async () => undefined };
const responseFormat = { name: 'sum', schema: { type: 'object', properties: { sum: { type: 'number' } } } } as const;

function refusal(message: string, fields: object = {}): ResponseError {
  return toResponseError(decodeError({ error: { message, ...fields } }, 400));
}

/** An LLM whose `call` throws these values in turn, and then answers. */
class ThrowingLLM extends BaseLLM {
  calls = 0;
  readonly #values: readonly unknown[];
  constructor(...values: readonly unknown[]) {
    super();
    this.#values = values;
  }
  async call(): Promise<string> {
    this.calls += 1;
    if (this.calls <= this.#values.length) throw this.#values[this.calls - 1];
    return 'Shelf 3.';
  }
  supportsFunctionCalling(): boolean {
    return true;
  }
  supportsStopWords(): boolean {
    return true;
  }
  getContextWindowSize(): number {
    return Number.POSITIVE_INFINITY;
  }
}

/** Returns the roles of a request; a plain assistant message and one with calls differ. */
function roles(messages: readonly Message[] = []): readonly string[] {
  return messages.map(message => (message.role === 'assistant' && message.toolCalls ? 'calls' : message.role));
}

/** Throws in the order of roles that Mistral and an alternating chat template reject. */
function checkOrder({ messages }: TurnRequest): void {
  const plain = roles(messages).filter(role => role === 'user' || role === 'assistant');
  for (const [index, role] of roles(messages).entries()) {
    if (role === 'user' && roles(messages)[index - 1] === 'tool') throw new Error('user after tool');
  }
  for (const [index, role] of plain.entries()) if (role === plain[index - 1]) throw new Error(`${role} after ${role}`);
}

test('tries an unexplained refusal once without the response format, and gives up after that [W11]', async () => {
  const llm = new ScriptedLLM([refusal('Bad Request'), '{"sum":3}']);
  await runToolLoop(llm, { messages: 'Go', responseFormat });
  expect(llm.requests.map(request => request.responseFormat)).toEqual([responseFormat, undefined]);
  const refused = new ScriptedLLM([refusal('Bad Request'), refusal('Bad Request'), 'never']);
  await expect(runToolLoop(refused, { messages: 'Go', responseFormat })).rejects.toThrow('Bad Request');
});

test('defines the tools in the forced turn when the server demands those of the history [W12]', async () => {
  const llm = new ScriptedLLM([
    callsTo(['add', { a: 1, b: 2 }]),
    refusal('Anthropic expects the `tools=` param to be passed in: tool calling without `tools=` param specified'),
    'Forced.',
  ]);
  const { text } = await runToolLoop(llm, { messages: 'Go', tools: [add], maxToolRounds: 1 });
  expect(text).toBe('Forced.');
  expect(llm.requests[2]).toMatchObject({ toolChoice: 'none', tools: [{ name: 'add' }] });
});

test('writes the tool calls of a history as text when the run has no tools to define [W12]', async () => {
  const first = await runToolLoop(new ScriptedLLM([callsTo(['add', { a: 1, b: 2 }]), 'Three.']), {
    messages: 'Go',
    tools: [add],
  });
  const llm = new ScriptedLLM([
    refusal('Requests which have `tool_use` or `tool_result` blocks in messages must define tools.'),
    'Four.',
  ]);
  const { text } = await runToolLoop(llm, { messages: [...first.messages, { role: 'user', content: 'And 2 + 2?' }] });
  expect(text).toBe('Four.');
  expect(roles(llm.requests[1]?.messages)).not.toContain('tool');
});

test('takes toolsInHistory as an option of an LLM [W12]', async () => {
  const llm = new ScriptedLLM([callsTo(['add', { a: 1, b: 2 }]), 'Forced.'], { toolsInHistory: true });
  await runToolLoop(llm, { messages: 'Go', tools: [add], maxToolRounds: 1 });
  expect(llm.requests[1]).toMatchObject({ toolChoice: 'none', tools: [{ name: 'add' }] });
});

test('shows the model the reply that its server could not use, within the retry limit [W13]', async () => {
  const slip = refusal('Failed to call a function.', { code: 'tool_use_failed', failed_generation: '<add{1,2}>' });
  const llm = new ScriptedLLM([slip, 'Shelf 3.']);
  expect(await new Agent({ ...persona, llm, clock }).executeTask(task)).toBe('Shelf 3.');
  expect(llm.requests[1]?.messages.slice(-2)).toMatchObject([
    { role: 'assistant', content: '<add{1,2}>' },
    { role: 'user', content: expect.stringContaining('Failed to call a function.') },
  ]);
  const always = new ScriptedLLM(Array.from({ length: 9 }, () => slip));
  await expect(new Agent({ ...persona, llm: always, clock }).executeTask(task)).rejects.toBeInstanceOf(ResponseError);
  expect(always.requests).toHaveLength(3);
});

test.each<[string, unknown, number, object]>([
  ['401', Object.assign(new Error('no'), { status: 401 }), 1, { name: 'AuthenticationError', status: 401 }],
  ['404', Object.assign(new Error('no'), { statusCode: 404 }), 1, { name: 'ResponseError', status: 404 }],
  ['400 of a response', Object.assign(new Error('no'), { response: { status: 400 } }), 1, { status: 400 }],
  ['503', Object.assign(new Error('no'), { status: 503 }), 3, { name: 'ResponseError', status: 503 }],
  ['an exit status', Object.assign(new Error('no'), { status: 1 }), 3, { code: 'UNEXPECTED' }],
])('reads an error of a custom call with %s as what it is [C3]', async (_what, thrown, calls, expected) => {
  const llm = new ThrowingLLM(...Array.from({ length: 9 }, () => thrown));
  await expect(new Agent({ ...persona, llm, clock }).executeTask(task)).rejects.toMatchObject(expected);
  expect(llm.calls).toBe(calls);
});

test.each([
  ['a plain object', { 'Retry-After': '7' }],
  ['Headers', new Headers({ 'retry-after': '7' })],
])('waits as long as %s of a thrown 429 asks [C3]', async (_what, headers) => {
  const sleeps: number[] = [];
  const waiting = { ...clock, sleep: async (milliseconds: number) => void sleeps.push(milliseconds) };
  const llm = new ThrowingLLM(Object.assign(new Error('slow'), { status: 429, headers }));
  expect(await new Agent({ ...persona, llm, clock: waiting }).executeTask(task)).toBe('Shelf 3.');
  expect(sleeps).toEqual([7_000]);
});

test('reads the body of an error that a client library attached [C3]', async () => {
  const body = { error: { message: 'Broke.', code: 'insufficient_quota' } };
  const llm = new ThrowingLLM(Object.assign(new Error('429'), { status: 429, error: body.error }));
  const error: unknown = await llm.generate('Hello').catch(thrown => thrown);
  expect(error).toMatchObject({ serverCode: 'insufficient_quota', serverMessage: 'Broke.' });
  expect(RateLimitError.isInstance(error)).toBe(true);
  expect(AuthenticationError.isInstance(error)).toBe(false);
});

test('does not repeat a turn that the LLM has already retried, also after the error crossed a step [C4]', async () => {
  const lost = new ConnectionError('lost', { retries: 2 });
  const copy = CrewError.fromJSON(JSON.parse(JSON.stringify(lost)));
  for (const error of [lost, copy]) {
    expect(error).toMatchObject({ name: 'ConnectionError', retries: 2 });
    const llm = new ScriptedLLM([error, 'never']);
    await expect(new Agent({ ...persona, llm, clock }).executeTask(task)).rejects.toMatchObject({ retries: 2 });
    expect(llm.requests).toHaveLength(1);
  }
});

test('keeps an order of roles that strict providers accept in the forced turn [W10]', async () => {
  const llm = new ScriptedLLM(request => {
    checkOrder(request);
    return request.tools === undefined ? 'Forced.' : callsTo(['add', { a: 1, b: 2 }]);
  });
  expect((await runToolLoop(llm, { messages: 'Go', tools: [add], maxToolRounds: 2 })).text).toBe('Forced.');
  const { messages } = llm.requests.at(-1) ?? {};
  expect(roles(messages)).toEqual(['user', 'calls', 'tool', 'calls', 'tool', 'assistant', 'user']);
});

test('keeps an order of roles that strict providers accept after a summary and after feedback [W10]', async () => {
  let turns = 0;
  const { name, description, parameters } = add;
  const long = tool({ name, description, parameters, execute: () => 'word '.repeat(1_000) });
  const llm = new ScriptedLLM(
    request => {
      checkOrder(request);
      if (request.tools === undefined) return 'Summary.';
      turns += 1;
      if (turns === 1)
        return { text: '', finishReason: 'length', toolCalls: [{ id: 'a', name: 'add', arguments: '{"a' }] };
      return turns < 5 ? callsTo(['add', {}]) : 'Done.';
    },
    { contextWindow: 2_000 },
  );
  expect((await runToolLoop(llm, { messages: 'Go', tools: [long] })).text).toBe('Done.');
  expect(llm.requests.length).toBeGreaterThan(5);
});
