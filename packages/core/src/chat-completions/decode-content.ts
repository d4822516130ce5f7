import { asRecord, asText, type JsonRecord } from './json-record.ts';

/** What a message or a delta says. */
export interface Content {
  readonly text: string;
  readonly reasoning: string;
}

/**
 * The text and the reasoning of a message or a delta. `content` is a string, `null`, missing, or a list of parts; a
 * refusal stands for the text when there is none; reasoning stands in `reasoning_content` or `reasoning`, or in the parts.
 */
export function decodeContent(message: JsonRecord): Content {
  const separate = asText(message['reasoning_content']) ?? asText(message['reasoning']) ?? '';
  const content = message['content'];
  if (Array.isArray(content)) return joinParts(content, separate);
  return { text: asText(content) ?? asText(message['refusal']) ?? '', reasoning: separate };
}

function joinParts(parts: readonly unknown[], separate: string): Content {
  let text = '';
  let reasoning = separate;
  for (const item of parts) {
    const part = asRecord(item);
    if (part === undefined) {
      text += asText(item) ?? '';
    } else if (part['type'] === 'thinking' || part['type'] === 'reasoning') {
      reasoning += thought(part['thinking'] ?? part['reasoning'] ?? part['text']);
    } else {
      text += asText(part['text']) ?? asText(part['refusal']) ?? '';
    }
  }
  return { text, reasoning };
}

/** Thinking parts hold a text, or parts again. */
function thought(value: unknown): string {
  return Array.isArray(value) ? joinParts(value, '').text : (asText(value) ?? '');
}
