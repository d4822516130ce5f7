/** Returns the body of a response with this message. */
export function answer(message: object, finishReason?: unknown): { choices: object[] } {
  return { choices: [{ index: 0, message, finish_reason: finishReason }] };
}

/** A tool call on the wire. */
export function call(id: string | undefined, name: string | undefined, written: unknown): object {
  return { id, type: 'function', function: { name, arguments: written } };
}

/** Returns the error that the action throws. */
export function thrown(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}
