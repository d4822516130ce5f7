import { encodeMessages } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';

describe('encodeMessages', () => {
  it('encodes a string as one user message', () => {
    expect(encodeMessages('hello')).toEqual([{ role: 'user', content: 'hello' }]);
  });

  it('encodes each role with the members of the standard API and no others', () => {
    expect(
      encodeMessages([
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: 'hello', toolCalls: undefined },
        { role: 'assistant', content: 'hello', toolCalls: [] },
        { role: 'tool', toolCallId: 'search001', name: 'search', content: 'found' },
      ]),
    ).toStrictEqual([
      { role: 'system', content: 'be brief' },
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'hello' },
      { role: 'assistant', content: 'hello' },
      { role: 'tool', tool_call_id: 'search001', content: 'found' },
    ]);
  });

  it('encodes images as image_url parts', () => {
    expect(
      encodeMessages([
        {
          role: 'user',
          content: [
            { type: 'text', text: 'what is this?' },
            { type: 'image', url: 'data:image/png;base64,AAAA' },
          ],
        },
      ]),
    ).toStrictEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'what is this?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        ],
      },
    ]);
  });

  it('never sends content: null beside tool calls, on which some lenient servers fail', () => {
    expect(
      encodeMessages([
        { role: 'assistant', content: '', toolCalls: [{ id: 'search001', name: 'search', arguments: '{"q": "x"}' }] },
      ]),
    ).toStrictEqual([
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'search001', type: 'function', function: { name: 'search', arguments: '{"q": "x"}' } }],
      },
    ]);
  });

  it.each([
    ['half a JSON text', '{"q": "unfin'],
    ['no JSON at all', 'search for x'],
    ['a list', '["x"]'],
    ['a text', '"x"'],
    ['null', 'null'],
  ])('wraps %s as arguments in a JSON object that preserves the text', (_what, written) => {
    expect(sentArguments(written)).toEqual({ unreadable_arguments: written });
  });

  it.each(['', '  \n'])('encodes empty arguments (%j) as an empty object', written => {
    expect(sentArguments(written)).toEqual({});
  });

  it('does not change its input', () => {
    const messages = [
      {
        role: 'assistant' as const,
        content: 'a',
        toolCalls: [{ id: 'search001', name: 'search', arguments: 'bad' }],
      },
    ];
    const before = structuredClone(messages);
    encodeMessages(messages);
    expect(messages).toEqual(before);
  });
});

function sentArguments(written: string): unknown {
  const [message] = encodeMessages([
    { role: 'assistant', content: '', toolCalls: [{ id: 'search001', name: 'search', arguments: written }] },
  ]);
  if (message?.role !== 'assistant') throw new Error('not an assistant message');
  return JSON.parse(message.tool_calls?.[0]?.function.arguments ?? '');
}
