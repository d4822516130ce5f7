import { type Message, runToolLoop, type TurnRequest, tool } from '@crew/core';
import { decodeError, encodeMessages } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { callsTo, ScriptedLLM } from '../scripted-llm.ts';
import { StrictLLM } from './strict-llm.ts';

const LONE = 'a\u{D83D}';
const REPLACED = 'a\u{FFFD}';

/** Returns true if a strict server can read all text of the request. */
function isWellFormed(request: TurnRequest): boolean {
  return !/\\ud[89a-f]/i.test(JSON.stringify(request.messages));
}

describe('lone surrogates', () => {
  it('of a prompt, a reply and a tool result are not sent [W19]', async () => {
    const cut = tool({
      name: 'cut',
      description: 'Returns a text that was cut inside an emoji.',
      parameters: { type: 'object' },
      execute: () => LONE,
    });
    const call = callsTo(['cut', `{"q":"${LONE}"}`]);
    const llm = new ScriptedLLM([{ ...call, text: LONE }, 'done']);
    await runToolLoop(llm, {
      messages: [
        { role: 'system', content: LONE },
        { role: 'user', content: [{ type: 'text', text: LONE }] },
      ],
      tools: [cut],
    });
    expect(llm.requests).toHaveLength(2);
    expect(llm.requests.every(isWellFormed)).toBe(true);
    expect(llm.requests[1]?.messages.map(({ content }) => content)).toEqual([
      REPLACED,
      [{ type: 'text', text: REPLACED }],
      REPLACED,
      REPLACED,
    ]);
  });

  it('are not encoded, in no message and in no escape of the arguments [W19]', () => {
    const messages: readonly Message[] = [
      { role: 'user', content: LONE },
      {
        role: 'assistant',
        content: LONE,
        toolCalls: ['{"q":"\\ud83d \\ud83d\\ude00 \\\\ud83d"}', `{"q":"${LONE}"}`, LONE].map((written, index) => ({
          id: `c${index}`,
          name: 'cut',
          arguments: written,
        })),
      },
      { role: 'tool', toolCallId: 'c0', content: LONE },
    ];
    const encoded = encodeMessages(messages);
    expect(JSON.stringify(encoded)).not.toMatch(/[^\\](?:\\\\)?\\ud[89a-f]/i);
    expect(encoded[1]).toMatchObject({
      content: REPLACED,
      tool_calls: [
        { function: { arguments: '{"q":"\u{FFFD} \u{1F600} \\\\ud83d"}' } },
        { function: { arguments: `{"q":"${REPLACED}"}` } },
        { function: { arguments: `{"unreadable_arguments":"${REPLACED}"}` } },
      ],
    });
    expect(encodeMessages(LONE)).toEqual([{ role: 'user', content: REPLACED }]);
  });

  it('do not come from the excerpt of the task in a summary prompt, or of an error [W19]', async () => {
    const llm = new StrictLLM({ contextWindow: 4096, charactersPerToken: 3, onExcess: () => new Error(), rounds: 20 });
    const fetch = tool({
      name: 'fetch',
      description: 'Fetches a page.',
      parameters: { type: 'object' },
      execute: () => 'lorem ipsum '.repeat(200),
    });
    const task = `a${'\u{1F600}'.repeat(600)}`;
    await runToolLoop(llm, { messages: [{ role: 'user', content: task }], tools: [fetch] });
    const prompts = llm.summaries.map(({ messages }) => String(messages[1]?.content));
    expect(prompts.length).toBeGreaterThan(0);
    for (const prompt of prompts) {
      expect(prompt).toContain('\u{1F600} [...]');
      expect(prompt).not.toContain('\u{FFFD}');
    }
    expect(decodeError({ error: { message: `a${'\u{1F600}'.repeat(10_000)}` } }).message.isWellFormed()).toBe(true);
  });
});
