import type { ProtocolError } from '../errors/response-errors.ts';
import type { Generation, StreamPart, TokenUsage } from '../llm/turn.ts';
import type { ToolCall } from '../messages/message.ts';
import { excerpt } from '../messages/printable.ts';
import { decodeReasoning, decodeText } from './decode-content.ts';
import { decodeUsage } from './decode-usage.ts';
import { finishReason, isCutOff } from './finish-reason.ts';
import { InlineReasoning } from './inline-reasoning.ts';
import { asRecord, asText, type JsonRecord } from './json-record.ts';
import { ToolCallAssembler } from './tool-call-assembler.ts';

/**
 * Puts one turn together out of messages or deltas, and says of each what is new in it. A whole answer is one delta:
 * so that both ways of answering are read by the same code.
 */
export class TurnAssembler {
  /** Receives the parts in order. The caller takes them out. */
  readonly parts: StreamPart[] = [];
  #text = '';
  #reasoning = '';
  #said: unknown;
  #usage: TokenUsage | undefined;
  #model: string | undefined;
  #requestId: string | undefined;
  readonly #toolCalls = new ToolCallAssembler(this.parts);
  readonly #inline = new InlineReasoning(
    text => this.#addText(text),
    text => this.#addReasoning(text),
  );

  /** The text so far; what may yet turn out to be a tag is not in it. */
  get text(): string {
    return this.#text;
  }

  /** Whether nothing has come that belongs to a reply. */
  get isEmpty(): boolean {
    return this.#text === '' && this.#reasoning === '' && this.#toolCalls.size === 0;
  }

  /** The server's id of the answer. */
  get requestId(): string | undefined {
    return this.#requestId;
  }

  /** Whether the server has said why the model stopped. */
  get hasFinishReason(): boolean {
    return this.#said !== undefined;
  }

  /** What stands beside the choices of a body or a chunk. The first id is the turn's: some servers change it per chunk. */
  addEnvelope(body: JsonRecord): void {
    this.#requestId ??= name(body['id']);
    this.#model ??= name(body['model']);
    const usage = body['usage'];
    if (usage !== undefined && usage !== null) this.#usage = decodeUsage(usage) ?? this.#usage;
  }

  /** A choice's `delta`, or its `message`, which is `whole` in an answer that is not streamed. */
  addMessage(message: JsonRecord, whole: boolean): void {
    const reasoning = decodeReasoning(message);
    if (reasoning !== '') {
      this.#inline.pass();
      this.#addReasoning(reasoning);
    }
    const text = decodeText(message);
    if (text !== '') this.#inline.push(text);
    const calls = message['tool_calls'];
    if (Array.isArray(calls)) {
      for (const item of calls) {
        const call = asRecord(item);
        if (call !== undefined) this.#toolCalls.add(call, whole);
      }
    }
  }

  /** A choice's finish reason: the first that is one. */
  addFinishReason(said: unknown): void {
    if (asText(said) !== undefined) this.#said ??= said;
  }

  /** The whole turn. What was held back goes into `parts`. Throws what `unreadable` makes of something unreadable. */
  finish(unreadable: (what: string) => ProtocolError): Generation {
    this.#inline.end();
    const reason = finishReason(this.#said, this.#toolCalls.size > 0);
    const toolCalls: readonly ToolCall[] = this.#toolCalls.finish(isCutOff(reason), unreadable);
    return {
      text: this.#text,
      reasoning: this.#reasoning === '' ? undefined : this.#reasoning,
      toolCalls,
      finishReason: reason,
      usage: this.#usage,
      model: this.#model,
      requestId: this.#requestId,
    };
  }

  #addText(text: string): void {
    this.#text += text;
    this.parts.push({ type: 'text', text });
  }

  #addReasoning(text: string): void {
    this.#reasoning += text;
    this.parts.push({ type: 'reasoning', text });
  }
}

/** Characters of a name that a server gives: of a model, of a request. */
const MAX_NAME_LENGTH = 150;

function name(value: unknown): string | undefined {
  const text = asText(value);
  return text === undefined ? undefined : excerpt(text, MAX_NAME_LENGTH) || undefined;
}
