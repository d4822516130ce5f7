import type { RecordedRequest } from '../endpoint/recorded-request.ts';
import { errorBody } from '../reply/errors.ts';
import type { Completion, Reply } from '../reply/reply.ts';
import { type ChatRequest, readChatRequest } from './chat-request.ts';
import type { StrictRule, Vendor } from './rules.ts';
import { ThoughtSignatures } from './thought-signatures.ts';
import { type StrictServerKind, vendor } from './vendors.ts';

/** Options of `strictServer`. */
export interface StrictServerOptions {
  /**
   * Turns of the model, in order, or a callback that returns the turn for a valid request. The provider's own fields are
   * added: IDs of tool calls, `reasoning_content`, thought signatures. A valid request without a turn left gets status 501.
   * Default: the text `Done.` for every valid request.
   */
  readonly turns?: readonly StrictTurn[] | ((request: RecordedRequest) => StrictTurn) | undefined;
}

/** A turn of the model: a text, or a completion with `text` or `toolCalls`. */
export type StrictTurn = string | Completion;

/** A request that broke a rule. */
export interface Violation {
  /** `index` of the recorded request. */
  readonly request: number;
  readonly rule: StrictRule;
  /** The server's sentence. */
  readonly message: string;
}

/** A `respond` callback that validates requests as one kind of server does. */
export interface StrictServer {
  (request: RecordedRequest): Reply;
  /** The requests that were refused so far, in order. Tests expect `[]`. */
  readonly violations: readonly Violation[];
}

/**
 * Returns a `respond` callback that validates each request as a kind of real server does, and refuses it with that server's error
 * body and status. A valid request gets the next turn of the script, as JSON or as a stream.
 *
 * Rules of every kind: the form of names and IDs of tools, an answer to every tool call, `type: "object"` in schemas of
 * parameters, well-formed Unicode. `openai`: IDs of at most 40 characters, no unknown field. `deepseek`: `reasoning_content` on
 * every assistant message. `kimi`: `reasoning_content` beside tool calls; both unless `thinking` is disabled. `gemini`: the
 * thought signature on the first call of a batch. `mistral`: IDs of nine letters or digits, no `user` behind `tool`, no unknown
 * field. `bedrock-like`: no blank text, tools wherever the history has calls. `alternating`: `user` and `assistant` in turn.
 *
 * @example
 * ```ts
 * import { startEndpoint, strictServer } from '@crew/test-endpoint';
 *
 * const server = strictServer('mistral', { turns: ['Hello'] });
 * const endpoint = await startEndpoint({ respond: server });
 * const messages = [{ role: 'user', content: 'Hi', name: 'Ada' }];
 * const response = await fetch(endpoint.url, { method: 'POST', body: JSON.stringify({ messages }) });
 * console.log(response.status, server.violations[0]?.rule); // 422 unknown-field
 * await endpoint.close();
 * ```
 */
export function strictServer(kind: StrictServerKind, options: StrictServerOptions = {}): StrictServer {
  const signatures = new ThoughtSignatures();
  const provider = vendor(kind, signatures);
  const nextTurn = scriptOf(options);
  const violations: Violation[] = [];
  let calls = 0;

  const respond = (recorded: RecordedRequest): Reply => {
    const request = readChatRequest(recorded);
    const problem = firstProblem(provider, request);
    if (problem !== undefined) {
      violations.push({ request: recorded.index, rule: problem.rule, message: problem.message });
      return provider.refuse(problem);
    }
    const next = nextTurn(recorded);
    if (next === undefined) {
      const message = `The script of the strict server (${kind}) has no turn left.`;
      violations.push({ request: recorded.index, rule: 'script-ended', message });
      return errorBody(501, { message });
    }
    const turn = typeof next === 'string' ? { text: next } : next;
    const toolCalls = turn.toolCalls?.map(call => ({ id: provider.callId(calls++), ...call }));
    const reasoning = provider.reasons?.(request) ? { reasoning: 'I consider what to do.' } : {};
    return {
      completion: { ...reasoning, ...turn, toolCalls },
      ...(kind === 'gemini' && toolCalls !== undefined ? { reshape: signatures.sign() } : {}),
    };
  };
  return Object.assign(respond, { violations });
}

function scriptOf({
  turns = () => 'Done.',
}: StrictServerOptions): (request: RecordedRequest) => StrictTurn | undefined {
  if (typeof turns === 'function') return turns;
  let position = 0;
  return () => turns[position++];
}

function firstProblem(provider: Vendor, request: ChatRequest): ReturnType<Vendor['rules'][number]> {
  for (const rule of provider.rules) {
    const problem = rule(request);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
