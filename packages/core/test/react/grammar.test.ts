import { CrewError, type Message, runToolLoop, type ToolLoopResult, tool } from '@crew/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Script, ScriptedLLM } from '../scripted-llm.ts';

/** Runs a script with a model without function calling, and a tool that records its input. */
async function runText(script: readonly Script[], options: { maxToolRounds?: number } = {}) {
  const inputs: unknown[] = [];
  const search = tool({
    name: 'web_search',
    description: 'Searches the web.',
    parameters: { type: 'object', properties: {} },
    execute: input => {
      inputs.push(input);
      return 'found it';
    },
  });
  const llm = new ScriptedLLM(script, { functionCalling: false });
  const result = await runToolLoop(llm, { messages: 'What is it?', tools: [search], ...options });
  expect(llm.unused).toBe(0);
  return { ...result, inputs, llm };
}

/** Returns the input that the tool received from one reply. */
async function inputOf(reply: string): Promise<unknown> {
  const { inputs } = await runText([reply, 'Final Answer: done']);
  expect(inputs).toHaveLength(1);
  return inputs[0];
}

function observations({ messages }: ToolLoopResult): string[] {
  return messages.flatMap(message => (message.role === 'tool' ? [message.content] : []));
}

function lastUserText(messages: readonly Message[]): string {
  const content = messages.findLast(({ role }) => role === 'user')?.content;
  return typeof content === 'string' ? content : '';
}

describe('action', () => {
  it.each([
    ['plain', 'Thought: I search.\nAction: web_search\nAction Input: {"q": "x"}'],
    ['numbered', 'Thought: I search.\nAction 1: web_search\nAction Input 1: {"q": "x"}'],
    ['numbered in the middle', 'Action 1: web_search\nAction 1 Input: {"q": "x"}'],
    ['with spaces in the labels', 'Thought : hm\nAction :  web_search \nAction  Input : {"q": "x"}'],
    ['bold', '**Thought:** hm\n**Action:** web_search\n**Action Input:** {"q": "x"}'],
    ['with the colon after the bold label', '**Action**: web_search\n**Action Input**: {"q": "x"}'],
    ['in small letters', 'thought: hm\naction: web_search\naction input: {"q": "x"}'],
    ['indented', '  Action: web_search\n  Action Input: {"q": "x"}'],
    ['on one line', 'Thought: I search. Action: web_search Action Input: {"q": "x"}'],
    ['with its name in stars', 'Action: **web_search**\nAction Input: {"q": "x"}'],
    ['with its name in back quotes', 'Action: `web_search`\nAction Input: {"q": "x"}'],
    ['with its name on the next line', 'Action:\nweb_search\nAction Input:\n{"q": "x"}'],
    ['with carriage returns', 'Thought: hm\r\nAction: web_search\r\nAction Input: {"q": "x"}\r\n'],
    ['in another case and with other separators', 'Action: Web Search\nAction Input: {"q": "x"}'],
    ['in camel case', 'Action: webSearch\nAction Input: {"q": "x"}'],
    ['with call brackets', 'Action: web_search()\nAction Input: {"q": "x"}'],
    ['begun twice', 'Action: think it over\nAction: web_search\nAction Input: {"q": "x"}'],
    ['with a thought after it', 'Action: web_search\nAction Input: {"q": "x"}\nThought: now I wait'],
    [
      'with another one behind it',
      'Action: web_search\nAction Input: {"q": "x"}\nAction: web_search\nAction Input: {"q": 2}',
    ],
  ])('runs the tool of an action (%s)', async (_form, reply) => {
    expect(await inputOf(reply)).toEqual({ q: 'x' });
  });

  it('records an action as a tool call, with its thought as text', async () => {
    const { messages } = await runText([
      'Thought: I search.\nAction: Web Search\nAction Input: {q: 1}',
      'Final Answer: ok',
    ]);
    expect(messages).toEqual([
      { role: 'user', content: 'What is it?' },
      {
        role: 'assistant',
        content: 'I search.',
        toolCalls: [{ id: 'call00000', name: 'web_search', arguments: '{"q": 1}' }],
      },
      { role: 'tool', toolCallId: 'call00000', name: 'web_search', content: 'found it' },
      { role: 'assistant', content: 'ok' },
    ]);
  });

  it('answers an action of an unknown tool with the list of tools', async () => {
    const result = await runText(['Action: teleport\nAction Input: {}', 'Final Answer: ok']);
    expect(observations(result)).toEqual(['Error: there is no tool "teleport". The tools are: "web_search".']);
    expect(lastUserText(result.llm.requests[1]?.messages ?? [])).toBe(
      'Observation: Error: there is no tool "teleport". The tools are: "web_search".',
    );
  });

  it.each(['constructor', '__proto__', 'toString'])('treats %s as an unknown tool', async name => {
    const result = await runText([`Action: ${name}\nAction Input: {}`, 'Final Answer: ok']);
    expect(observations(result)[0]).toMatch(/there is no tool/);
  });

  it('prefers the tool with exactly the name of the action', async () => {
    const named = (name: string) =>
      tool({ name, description: 'Says its name.', parameters: { type: 'object' }, execute: () => name });
    const llm = new ScriptedLLM(['Action: getUser\nAction Input: {}', 'Final Answer: ok'], { functionCalling: false });
    const { messages } = await runToolLoop(llm, { messages: 'Go', tools: [named('get_user'), named('getUser')] });
    expect(messages[2]).toMatchObject({ role: 'tool', content: 'getUser' });
  });
});

describe('confusing tool names', () => {
  const named = (name: string) =>
    tool({ name, description: 'Says its name.', parameters: { type: 'object' }, execute: () => name });
  const runNamed = async (names: readonly string[], reply: string) => {
    const llm = new ScriptedLLM([reply, 'Final Answer: ok'], { functionCalling: false });
    return observations(await runToolLoop(llm, { messages: 'Go', tools: names.map(named) }))[0];
  };

  it('runs neither of two tools whose names differ only by case and separators, and sends their names to the model', async () => {
    expect(await runNamed(['get_user', 'getUser'], 'Action: Get User\nAction Input: {}')).toBe(
      'Error: there is no tool "Get User". The tools are: "get_user", "getUser".',
    );
  });

  it.each([
    ['final_answer', 'Action: final_answer\nAction Input: {}'],
    ['Final-Answer', 'Action: Final Answer\nAction Input: {}'],
    ['Action', 'Action: Action\nAction Input: {}'],
    ['observation', 'Action: observation\nAction Input: {}'],
    ['thought', 'Thought: hm\nAction: thought\nAction Input: {}'],
  ])('runs a tool whose name is a label of the form (%s)', async (name, reply) => {
    expect(await runNamed([name], reply)).toBe(name);
  });
});

describe('action input', () => {
  it.each([
    ['with a missing brace', '{"q": "x"', { q: 'x' }],
    ['with single quotes', "{'q': 'x'}", { q: 'x' }],
    ['with a bracket in single quotes', "{'q': '}', 'n': 1}", { q: '}', n: 1 }],
    ['with unquoted keys', '{q: "x", n: 1}', { q: 'x', n: 1 }],
    ['with a trailing comma', '{"q": "x",}', { q: 'x' }],
    ["with Python's constants", '{"a": True, "b": False, "c": None}', { a: true, b: false, c: null }],
    ['over several lines', '{\n  "q": "x",\n  "n": [\n    1\n  ]\n}', { q: 'x', n: [1] }],
    ['with a line break inside a string', '{"q": "a\nThought: b"}', { q: 'a\nThought: b' }],
    ['in a code fence', '```json\n{"q": "x"}\n```', { q: 'x' }],
    ['in a code fence without its end', '```\n{"q": "x"}', { q: 'x' }],
    ['in quotes', '"{"q": "x"}"', { q: 'x' }],
    ['as a JSON string', '"{\\"q\\": \\"x\\"}"', { q: 'x' }],
    ['with prose after it', '{"q": "x"} and then I will see', { q: 'x' }],
    ['with prose after input that needs repair', "{'q': 'x'} and then I will see", { q: 'x' }],
    [
      'with a brace in single quotes, and prose after it',
      "{'text': 'A } closes the block; keep everything after it'}\nNow I wait.",
      { text: 'A } closes the block; keep everything after it' },
    ],
    ['with nothing but a brace in single quotes', "{'a': '}'} thanks", { a: '}' }],
    ['with an escaped quote before a brace', "{'a': 'x\\' } y'} thanks", { a: "x' } y" }],
    ['with a brace in typographic quotes', '{“a”: “x } y”} thanks', { a: 'x } y' }],
    ['with a brace in back quotes', '{a: `x } y`} thanks', { a: 'x } y' }],
    ['with a brace too many, and prose after it', "{'q': 'x'}} thanks", { q: 'x' }],
    ['with another object after it', "{'q': 'x'} {'q': 'y'}", { q: 'x' }],
    ['with a label in single quotes', "{'q': 'a }\nThought: b'}", { q: 'a }\nThought: b' }],
    [
      'with a label inside a string',
      '{"q": "Final Answer: 3 Observation: 4 Action: no"}',
      {
        q: 'Final Answer: 3 Observation: 4 Action: no',
      },
    ],
    ['without any text', '', {}],
    ['of nothing in Python', 'None', {}],
  ])('reads an action input %s', async (_fault, written, input) => {
    expect(await inputOf(`Action: web_search\nAction Input: ${written}`)).toEqual(input);
  });

  it.each([
    ['cannot be read', '}{', /not valid JSON/],
    ['is a list', '[1, 2]', /must be one JSON object/],
    ['is a number', '42', /must be one JSON object/],
    ['is plain text', 'cats and dogs', /must be one JSON object/],
    ['has an uncertain end after a quote', "{'a': 'it's } over'} thanks", /not valid JSON/],
    ['has an uncertain end after a brace', '{text: A } closes the block} thanks', /not valid JSON/],
    ['has an uncertain end after a comment', '{"a": 1, // } \n b: 2} thanks', /not valid JSON/],
  ])('answers an action input that %s with an error observation, and continues', async (_fault, written, error) => {
    const result = await runText([`Action: web_search\nAction Input: ${written}`, 'Final Answer: ok']);
    expect(result.inputs).toEqual([]);
    expect(observations(result)).toEqual([expect.stringMatching(error)]);
    expect(result.text).toBe('ok');
  });
});

describe('final answer', () => {
  it.each([
    ['after a thought', 'Thought: I know.\nFinal Answer: 42', '42'],
    ['alone', 'Final Answer: 42', '42'],
    ['with spaces in the label', 'Final  Answer : 42', '42'],
    ['bold', '**Final Answer:** 42', '42'],
    ['with bold text after a plain label', 'Final Answer: **42** it is', '**42** it is'],
    ['within a line', 'Thought: I know it. Final Answer: 42', '42'],
    ['twice', 'Final Answer: perhaps 41\nThought: no\nFinal Answer: 42', '42'],
    ['over several lines', 'Final Answer: one\n\ntwo\nthree', 'one\n\ntwo\nthree'],
    ['with an unmatched code fence at the end', '```\nThought: I know.\nFinal Answer: 42\n```', '42'],
    ['with a code block of its own', 'Final Answer: run\n```\nls\n```', 'run\n```\nls\n```'],
    ['that speaks of the label', 'Final Answer: write "Final Answer: x" to end', 'write "Final Answer: x" to end'],
    ['after an action that names no tool', 'Action: none\nAction Input: none\nFinal Answer: 42', '42'],
    ['under a heading [W21]', '## Final Answer\n\n42', '42'],
    ['under a heading with a colon [W21]', '### Final Answer: 42', '42'],
    ['under a bold line [W21]', 'Thought: I know.\n**Final Answer**\n42', '42'],
    ['in bold with the colon inside [W21]', '**Final Answer:** 42', '42'],
    ['wholly in bold [W21]', '**Final Answer: 42**', '42'],
    ['in italics [W21]', '_Final Answer:_ 42', '42'],
    ['with a full-width colon [W21]', 'Thought： I know.\nFinal Answer：42', '42'],
    [
      'with a line about an observation [W6]',
      'Final Answer: a\nObservation: the needle moved\nb',
      'a\nObservation: the needle moved\nb',
    ],
    [
      'with a line that begins with the label [W6]',
      'Final Answer: Write\nFinal Answer: x\nto end.',
      'Write\nFinal Answer: x\nto end.',
    ],
    [
      'that describes an action [W6]',
      'Thought: I know.\nFinal Answer: Write\nAction: web_search\nAction Input: {}\nObservation: found\nand wait.',
      'Write\nAction: web_search\nAction Input: {}\nObservation: found\nand wait.',
    ],
  ])('ends the run with a final answer (%s)', async (_form, reply, answer) => {
    const { text, inputs, messages } = await runText([reply]);
    expect(text).toBe(answer);
    expect(inputs).toEqual([]);
    expect(messages.at(-1)).toEqual({ role: 'assistant', content: answer });
  });

  it.each([
    ['on its own line', '\nObservation: it is 41\nThought: I know.\nFinal Answer: 41'],
    ['with spaces in the label', '\n Observation : it is 41\nFinal Answer: 41'],
    ['on the same line', ' Observation: it is 41\nFinal Answer: 41'],
  ])(
    'runs the action and ignores an answer after an observation that the model invented %s',
    async (_form, invented) => {
      const { text, inputs } = await runText([
        `Thought: I search.\nAction: web_search\nAction Input: {"q": "x"}${invented}`,
        'Thought: Now I know.\nFinal Answer: 42',
      ]);
      expect(inputs).toEqual([{ q: 'x' }]);
      expect(text).toBe('42');
    },
  );
});

describe('action beside a final answer', () => {
  it.each([
    ['on the next line', 'Action: web_search\nAction Input: {"q": "x"}\nFinal Answer: 41'],
    ['after a thought', 'Thought: a\nAction: web_search\nAction Input: {"q": "x"}\nThought: b\n**Final Answer:** 41'],
    ['under a heading', '## Action\nweb_search\n## Action Input\n{"q": "x"}\n## Final Answer\n41'],
  ])('runs an action that comes before a final answer %s [C7]', async (_form, reply) => {
    const { text, inputs } = await runText([reply, 'Final Answer: 42']);
    expect(inputs).toEqual([{ q: 'x' }]);
    expect(text).toBe('42');
  });

  it('takes the answer beside an action where an answer is required [W28]', async () => {
    const action = 'Action: web_search\nAction Input: {"q": "x"}';
    const { text, inputs } = await runText([action, `${action}\nFinal Answer: 42`], { maxToolRounds: 1 });
    expect(inputs).toHaveLength(1);
    expect(text).toBe('42');
  });
});

describe('observation in a final answer', () => {
  const answer = 'Look:\nObservation: the needle moved\nFinal Answer: it did';
  const search = tool({
    name: 'web_search',
    description: 'Searches.',
    parameters: { type: 'object', properties: {} },
    execute: () => 'found',
  });

  it.each([
    [true, false],
    [true, true],
    [false, false],
    [false, true],
  ])('is kept, and one behind an action is not (stop words: %s, streamed: %s) [W6]', async (stopWords, stream) => {
    const script = [
      'Thought: a\nAction: web_search\nAction Input: {}\nObservation: invented\nFinal Answer: no',
      `Thought: b\nFinal Answer: ${answer}`,
    ];
    const llm = new ScriptedLLM(script, { functionCalling: false, stopWords });
    const deltas: string[] = [];
    const { text, messages } = await runToolLoop(llm, {
      messages: 'Go',
      tools: [search],
      stream,
      callbacks: [event => event.type === 'turn-delta' && void deltas.push(event.text)],
    });
    expect(text).toBe(answer);
    expect(observations({ messages } as ToolLoopResult)).toEqual(['found']);
    expect(deltas.join('')).not.toContain('invented');
    expect(llm.requests.map(({ stop }) => stop)).toEqual(
      stopWords ? [['\nObservation:'], ['\nObservation:']] : [[], []],
    );
  });
});

describe('plain reply', () => {
  it('is the answer when it is repeated after the feedback, without its thought [W21]', async () => {
    const { text, llm } = await runText(['Thought: I know.\n\nIt is 42.', 'Thought: I know.\nIt is 42.']);
    expect(text).toBe('It is 42.');
    expect(llm.requests).toHaveLength(2);
  });

  it('is the answer after the form was ignored twice, and costs no more requests [W21]', async () => {
    const { text } = await runText(['It is 42.', 'The answer is 42.', 'Well, 42.']);
    expect(text).toBe('Well, 42.');
  });

  it('is counted anew after an action [W21]', async () => {
    const script = ['It is 41.', 'Action: web_search\nAction Input: {}', 'It is 41.', 'Final Answer: 42'];
    expect((await runText(script)).text).toBe('42');
  });
});

describe('malformed reply', () => {
  it.each([
    ['prose', 'It is probably 42.', 'There is neither an "Action:" nor a "Final Answer:" in it.'],
    ['an action without input', 'Action: web_search', 'After "Action:" there is no "Action Input:".'],
    ['an input without an action', 'Action Input: {}', 'There is an "Action Input:", but no "Action:" before it.'],
    ['an action without a name', 'Action:\nAction Input: {}', 'Nothing follows "Action:".'],
    ['an empty answer', 'Thought: I know.\nFinal Answer:', 'Nothing follows "Final Answer:".'],
    ['a label in prose', 'My final answer: none yet.', 'There is neither an "Action:" nor a "Final Answer:" in it.'],
  ])('answers %s with the missing part, and continues', async (_form, reply, missing) => {
    const { text, llm, messages } = await runText([reply, 'Final Answer: 42']);
    expect(text).toBe('42');
    const [, said, feedback] = llm.requests[1]?.messages ?? [];
    expect(said).toEqual({ role: 'assistant', content: reply });
    expect(feedback?.content).toContain(missing);
    expect(messages[1]).toEqual({ role: 'assistant', content: reply });
  });

  it('takes a malformed reply as the answer where an answer is required', async () => {
    const { text } = await runText(['Action: web_search\nAction Input: {}', 'It is 42.'], { maxToolRounds: 1 });
    expect(text).toBe('It is 42.');
  });

  it('takes any reply as the answer if there are no tools', async () => {
    const reply = 'Thought: hm\nFinal Answer: 42';
    const llm = new ScriptedLLM([reply], { functionCalling: false });
    const { text } = await runToolLoop(llm, { messages: 'What is it?' });
    expect(text).toBe(reply);
    expect(llm.requests[0]?.messages).toEqual([{ role: 'user', content: 'What is it?' }]);
    expect(llm.requests[0]?.stop).toEqual([]);
  });
});

describe('cut-off reply', () => {
  it('runs no tool of a reply that was cut off by length, however much of the input is there', async () => {
    const cut = { text: 'Thought: a\nAction: web_search\nAction Input: {"q": "x"', finishReason: 'length' } as const;
    const { inputs, llm } = await runText([cut, 'Final Answer: ok']);
    expect(inputs).toEqual([]);
    expect(lastUserText(llm.requests[1]?.messages ?? [])).toMatch(/not run: the reply was cut off \(length\)/);
  });

  it('answers a complete call as not run if the reply was cut off after it', async () => {
    const cut = { text: 'Action: web_search\nAction Input: {"q": "x"}\nThough', finishReason: 'length' } as const;
    const result = await runText([cut, 'Final Answer: ok']);
    expect(result.inputs).toEqual([]);
    expect(observations(result)).toEqual(['not run: the reply was cut off (length)']);
  });

  it('informs the model that its reply was cut off in a thought', async () => {
    const { llm } = await runText([{ text: 'Thought: I shall', finishReason: 'length' }, 'Final Answer: ok']);
    expect(lastUserText(llm.requests[1]?.messages ?? [])).toMatch(/cut off \(length\)\. Be shorter/);
  });

  it('takes a cut-off answer as the answer, as in the function-calling protocol', async () => {
    const { text } = await runText([{ text: 'Final Answer: one, tw', finishReason: 'length' }]);
    expect(text).toBe('one, tw');
  });
});

describe('hostile reply', () => {
  it.each([
    ['of brackets', `Action: web_search\nAction Input: ${'{'.repeat(200_000)}`],
    ['of strings in single quotes', `Action: web_search\nAction Input: {${"'a', ".repeat(100_000)}} x ]`],
    ['of lists', `Action: web_search\nAction Input: ${'['.repeat(200_000)}`],
    ['of quotes', `Action: web_search\nAction Input: {"a": ${'"'.repeat(100_001)}`],
    ['of quotes that are just repaired', `Action: web_search\nAction Input: {"a": ${'"'.repeat(32_001)}`],
    ['of spaces', `Action${' '.repeat(500_000)}Input`],
    ['of a name of spaces', `Action: a${' '.repeat(500_000)}b\nAction Input: {}`],
    ['of indentation', `${' '.repeat(500_000)}Action`],
    ['of labels', 'Action: a\nAction Input: b\n'.repeat(20_000)],
    ['of answers', 'Final Answer: '.repeat(40_000)],
    ['of fences', '```\n'.repeat(100_000)],
    // In quadratic time, each of these would exceed the timeout of the test.
  ])('ends the run in an orderly way after a long reply %s', async (_kind, reply) => {
    const ended = await runText([reply], { maxToolRounds: 1 }).catch(thrown => thrown);
    expect(CrewError.isInstance(ended) ? ended.message : ended.text).toMatch(/No turn 2 is scripted|Final Answer/);
  });

  it('survives any hostile reply', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'Thought:',
        'Action:',
        'Action Input:',
        'Final Answer:',
        'Observation:',
        'web_search',
        '```',
        '\n',
      ),
      fc.constantFrom('{', '}', '"', "'", '[', ']', '\\', '**', ':', ',', ' '),
      fc.string({ maxLength: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 30 }), async pieces => {
        const reply = `x${pieces.join('')}`;
        const llm = new ScriptedLLM([reply, 'Final Answer: the end'], { functionCalling: false });
        const note = tool({
          name: 'web_search',
          description: 'S.',
          parameters: { type: 'object' },
          execute: () => 'found',
        });
        const { text, messages } = await runToolLoop(llm, { messages: 'Go', tools: [note] });
        // Either the reply was the answer, or the model received feedback in a second request.
        expect(llm.unused === 0 ? text : messages.length).toBe(llm.unused === 0 ? 'the end' : 2);
      }),
      { numRuns: 1000 },
    );
  });
});
