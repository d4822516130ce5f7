import { ConfigurationError, type ContentPart } from '@crew/core';
import { encodeMessages, encodeRequest } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { ScriptedLLM } from './scripted-llm.ts';

const WAV = 'UklGRiQAAABXQVZF';
const PDF = 'JVBERi0xLjQK';

function encoded(...content: readonly ContentPart[]): unknown {
  return JSON.parse(encodeRequest({ messages: [{ role: 'user', content }] })).messages[0].content;
}

describe('content parts', () => {
  it('images with detail, audio and files are encoded for chat completions [W22]', () => {
    const parts: readonly ContentPart[] = [
      { type: 'text', text: 'Look' },
      { type: 'image', url: 'https://host.example/a.png', detail: 'high' },
      { type: 'image', url: 'data:image/png;base64,AAAA' },
      { type: 'audio', data: WAV, mediaType: 'audio/wav' },
      { type: 'audio', data: WAV, mediaType: 'Audio/MPEG; rate=8000' },
      { type: 'file', data: PDF, mediaType: 'application/pdf', name: 'report.pdf' },
      { type: 'file', data: PDF, mediaType: 'application/pdf' },
    ];
    const file = { filename: 'report.pdf', file_data: `data:application/pdf;base64,${PDF}` };
    const expected = [
      { type: 'text', text: 'Look' },
      { type: 'image_url', image_url: { url: 'https://host.example/a.png', detail: 'high' } },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      { type: 'input_audio', input_audio: { data: WAV, format: 'wav' } },
      { type: 'input_audio', input_audio: { data: WAV, format: 'mp3' } },
      { type: 'file', file },
      { type: 'file', file: { ...file, filename: 'file.pdf' } },
    ];
    expect(encoded(...parts)).toStrictEqual(expected);
    expect(encodeMessages([{ role: 'user', content: parts }])[0]?.content).toStrictEqual(expected);
  });

  it('an LLM receives frozen copies of all parts, and estimates their tokens [W22]', async () => {
    const llm = new ScriptedLLM(['ok']);
    const content: readonly ContentPart[] = [
      { type: 'image', url: 'https://host.example/a.png', detail: 'low' },
      { type: 'audio', data: WAV.repeat(1_000), mediaType: 'audio/wav' },
      { type: 'file', data: PDF.repeat(1_000), mediaType: 'text/plain', name: 'a.txt' },
    ];
    await llm.generate([{ role: 'user', content }]);
    const [message] = llm.requests[0]?.messages ?? [];
    expect(message?.content).toEqual(content);
    expect(Object.isFrozen(message?.content[2])).toBe(true);
    const tokens = content.map(part => llm.countTokens([{ role: 'user', content: [part] }]));
    expect(tokens[1]).toBeGreaterThan(20);
    expect(tokens[2]).toBeGreaterThan(2_000);
  });

  it.each<[string, ContentPart]>([
    ['audio/ogg', { type: 'audio', data: WAV, mediaType: 'audio/ogg' }],
    ['an image', { type: 'image', url: 'file:///tmp/a.png' }],
    ['an image', { type: 'image', url: './a.png' }],
    ['an image', { type: 'image', url: 'C:\\a.png' }],
    ['an image', { type: 'image', url: 'iVBORw0KGgo' }],
  ])(
    'a part that chat completions cannot represent is a ConfigurationError with its place and %s [W22]',
    (name, part) => {
      const messages = [
        { role: 'system' as const, content: 'Hi' },
        { role: 'user' as const, content: [{ type: 'text' as const, text: 'Look' }, part] },
      ];
      for (const encode of [() => encodeRequest({ messages }), () => encodeMessages(messages)]) {
        expect(encode).toThrow(ConfigurationError);
        expect(encode).toThrow(`messages[1].content[1] (${part.type === 'image' ? name : `audio of type ${name}`})`);
      }
    },
  );

  it.each([
    ['', { type: 'video', url: 'https://host.example/a.mp4' }],
    ['.detail', { type: 'image', url: 'https://host.example/a.png', detail: 'huge' }],
    ['.url', { type: 'image', url: 3 }],
    ['', { type: 'audio', data: new Uint8Array(3), mediaType: 'audio/wav' }],
    ['.data', { type: 'audio', data: '', mediaType: 'audio/wav' }],
    ['.data', { type: 'file', data: 'data:application/pdf;base64,AAAA', mediaType: 'application/pdf' }],
    ['.data', { type: 'file', data: 'https://host.example/a.pdf', mediaType: 'application/pdf' }],
    ['.mediaType', { type: 'file', data: PDF, mediaType: 'pdf' }],
    ['', { type: 'file', data: PDF }],
    ['.name', { type: 'file', data: PDF, mediaType: 'application/pdf', name: 3 }],
  ])(
    'an invalid part is a ConfigurationError that names messages[0].content[0]%s, before anything is sent [W22]',
    async (place, part) => {
      const llm = new ScriptedLLM(['ok']);
      const messages = [{ role: 'user', content: [part] }];
      const failure = Reflect.apply(llm.generate, llm, [messages]);
      await expect(failure).rejects.toThrow(ConfigurationError);
      await expect(failure).rejects.toThrow(`messages[0].content[0]${place} must be`);
      expect(llm.requests).toEqual([]);
    },
  );

  it('a part of an unknown type is a ConfigurationError of the encoder [W22]', () => {
    const messages = [{ role: 'user', content: [{ type: 'video', url: 'https://host.example/a.mp4' }] }];
    const encode = () => Reflect.apply(encodeMessages, undefined, [messages]);
    expect(encode).toThrow(ConfigurationError);
    expect(encode).toThrow('messages[0].content[0] cannot be sent: chat completions have no content part "video".');
  });
});
