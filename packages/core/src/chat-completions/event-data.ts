/** Whether the event says that nothing more comes. */
export function isDoneMark(data: string): boolean {
  return data.length < 20 && data.trim() === '[DONE]';
}

/** Whether the last event lacks more than its blank line. */
export function isCut(data: string): boolean {
  return data !== '' && !isDoneMark(data) && jsonOrText(data) === data;
}

/** The JSON value, or the text itself where it is none. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
