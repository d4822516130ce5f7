import type { ContentPart, Message } from '../messages/message.ts';

/**
 * The messages as passages of text that belong together: a tool call with its result is one passage, as is any other
 * message. A summariser that reads text needs no tools defined, and no provider can miss half of a pair.
 */
export function transcript(messages: readonly Message[]): readonly string[] {
  const passages: string[] = [];
  for (const message of messages) {
    const text = passage(message);
    if (message.role === 'tool' && passages.length > 0) passages[passages.length - 1] += `\n${text}`;
    else passages.push(text);
  }
  return passages;
}

function passage(message: Message): string {
  switch (message.role) {
    case 'assistant': {
      const said = message.content === '' ? [] : [`Assistant: ${message.content}`];
      const calls = (message.toolCalls ?? []).map(call => `Assistant calls ${call.name} with ${call.arguments}`);
      return [...said, ...calls].join('\n');
    }
    case 'tool':
      return `Result of ${message.name ?? 'the tool'}: ${message.content}`;
    case 'user':
      return `User: ${contentText(message.content)}`;
    case 'system':
      return `System: ${message.content}`;
  }
}

function contentText(content: string | readonly ContentPart[]): string {
  if (typeof content === 'string') return content;
  return content.map(part => (part.type === 'text' ? part.text : '[an image]')).join('\n');
}
