import type { CompletionPayload } from '../reply/reply.ts';
import { fieldsOf } from './chat-request.ts';
import type { Rule } from './rules.ts';

/** Values that Gemini accepts in place of a signature, for calls that another model wrote. */
const SENTINELS: ReadonlySet<unknown> = new Set([
  'skip_thought_signature_validator',
  'context_engineering_is_the_way_to_go',
]);

/** The thought signatures that one server has put on its tool calls. */
export class ThoughtSignatures {
  readonly #issued = new Set<unknown>();

  /**
   * Requires a signature on the first call of each batch since the last user message, and that every signature is one of
   * this server or a sentinel.
   */
  readonly rule: Rule = ({ messages }) => {
    const turnStart = messages.findLastIndex(({ role }) => role === 'user');
    for (const [at, { calls }] of messages.entries()) {
      for (const [index, { name, fields }] of calls.entries()) {
        const signature = fieldsOf(fieldsOf(fields['extra_content'])['google'])['thought_signature'];
        if (signature === undefined) {
          if (index > 0 || at < turnStart) continue;
          const message =
            'Function call is missing a thought_signature in functionCall parts. This is required for tools to work ' +
            `correctly, and missing thought_signature may lead to degraded model performance. Function call \`${name}\`, ` +
            `position ${at}.`;
          return { rule: 'thought-signature', message };
        }
        if (!this.#issued.has(signature) && !SENTINELS.has(signature)) {
          return { rule: 'thought-signature', message: 'Corrupted thought signature.' };
        }
      }
    }
    return undefined;
  };

  /** Returns an edit that puts a new signature on the first call of a completion, and of its stream. */
  sign(): (payload: CompletionPayload) => CompletionPayload {
    const signature = Buffer.from(`thought ${this.#issued.size}`).toString('base64');
    this.#issued.add(signature);
    return payload => ({ ...payload, choices: payload.choices.map(choice => signChoice(choice, signature)) });
  }
}

type Choice = CompletionPayload['choices'][number];

function signChoice(choice: Choice, signature: string): Choice {
  const { message, delta } = choice;
  return {
    ...choice,
    ...(message === undefined ? {} : { message: signCalls(message, signature) }),
    ...(delta === undefined ? {} : { delta: signCalls(delta, signature) }),
  };
}

function signCalls(turn: Readonly<Record<string, unknown>>, signature: string): Readonly<Record<string, unknown>> {
  const calls: unknown = turn['tool_calls'];
  if (!Array.isArray(calls)) return turn;
  return { ...turn, tool_calls: calls.map((call, at) => (isOpening(call, at) ? signed(call, signature) : call)) };
}

/** Returns true for the first call of a message, and for the delta that opens it in a stream. */
function isOpening(call: unknown, at: number): boolean {
  const { id, index = at } = fieldsOf(call);
  return id !== undefined && index === 0;
}

function signed(call: unknown, signature: string): object {
  return { ...fieldsOf(call), extra_content: { google: { thought_signature: signature } } };
}
