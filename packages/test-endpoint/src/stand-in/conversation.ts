interface Conversation {
  /** The first paragraph of the user's last message before any tool call. */
  readonly question: string;
  /** What else was said, the system's words aside. */
  readonly context: readonly string[];
  /** What the tools called for this question returned; undefined when none was called. */
  readonly results: readonly string[] | undefined;
}

/** Reads the messages of a chat-completions request, however odd they are. */
export function conversationOf(messages: unknown): Conversation {
  const all = Array.isArray(messages) ? messages.map(readMessage) : [];
  const firstResult = all.findIndex(({ role }) => role === 'tool');
  const asked = (firstResult === -1 ? all : all.slice(0, firstResult)).findLastIndex(({ role }) => role === 'user');
  const [question = '', ...rest] = (all[asked]?.content ?? '').trim().split(/\n\s*\n/u);
  const earlier = all.slice(0, Math.max(asked, 0)).filter(({ role }) => role === 'user' || role === 'assistant');
  const results = all.slice(asked + 1).filter(({ role }) => role === 'tool');
  return {
    question,
    context: [...rest, ...earlier.map(({ content }) => content)],
    results: results.length === 0 ? undefined : results.flatMap(({ content }) => strings(content)),
  };
}

function readMessage(message: unknown): { readonly role: unknown; readonly content: string } {
  if (typeof message !== 'object' || message === null) return { role: undefined, content: '' };
  const content: unknown = Reflect.get(message, 'content');
  const parts = Array.isArray(content) ? content.map(part => String(part?.text ?? '')) : [String(content ?? '')];
  return { role: Reflect.get(message, 'role'), content: parts.join('\n') };
}

/** The text of a tool's result: every string in it when it is JSON, otherwise all of it. */
function strings(result: string): string[] {
  try {
    return stringsIn(JSON.parse(result));
  } catch {
    return [result];
  }
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
