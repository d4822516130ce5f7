import { asRecord, asText, type JsonRecord } from './json-record.ts';

/**
 * The text of a message or a delta. `content` is a string, `null`, missing, or a list of parts; a refusal stands for the
 * text when there is none.
 */
export function decodeText(message: JsonRecord): string {
  const content = message['content'];
  const text = Array.isArray(content) ? joinParts(content, false) : asText(content);
  return text || (asText(message['refusal']) ?? '');
}

/** The reasoning of a message or a delta: `reasoning_content`, or `reasoning`, or the thinking parts of `content`. */
export function decodeReasoning(message: JsonRecord): string {
  const separate = asText(message['reasoning_content']) ?? asText(message['reasoning']);
  if (separate !== undefined) return separate;
  const content = message['content'];
  return Array.isArray(content) ? joinParts(content, true) : '';
}

function joinParts(parts: readonly unknown[], thinking: boolean): string {
  let joined = '';
  for (const item of parts) {
    const part = asRecord(item);
    if (part === undefined) {
      if (!thinking) joined += asText(item) ?? '';
    } else if ((part['type'] === 'thinking' || part['type'] === 'reasoning') === thinking) {
      joined += thinking ? thought(part) : (asText(part['text']) ?? asText(part['refusal']) ?? '');
    }
  }
  return joined;
}

/** Thinking parts hold a text, or text parts again. */
function thought(part: JsonRecord): string {
  const value = part['thinking'] ?? part['reasoning'] ?? part['text'];
  return Array.isArray(value) ? joinParts(value, false) : (asText(value) ?? '');
}
