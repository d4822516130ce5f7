import { ProtocolError } from '../errors/response-errors.ts';
import { exceedsJsonDepth, TOO_DEEP } from '../json.ts';
import { type Generation, type StreamPart, type TokenUsage, turnExtras } from '../llm/turn.ts';
import { excerpt, excerptOfBody } from '../messages/printable.ts';
import { decodeError, isErrorBody } from './decode-error.ts';
import { choiceFailure, isCutOff, toFinishReason } from './finish-reason.ts';
import { InlineReasoning, removeOpeningTags } from './inline-reasoning.ts';
import { ProviderFields, toProviderData } from './provider-fields.ts';
import {
  asRecord,
  asText,
  decodeReasoning,
  decodeText,
  decodeUsage,
  hasRefusal,
  type JsonRecord,
} from './response-fields.ts';
import { type ResponseErrorContext, toResponseError } from './to-response-error.ts';
import { ToolCallAssembler } from './tool-call-assembler.ts';
import { TurnNotes } from './turn-notes.ts';

/**
 * Decodes a chat-completions response. `body` is the parsed JSON.
 *
 * Deviations of servers are accepted: content as a list of parts, arguments as an object, missing ids (`call_0`, `call_1`,
 * ...), a missing or wrong finish reason, missing usage, `function_call` instead of `tool_calls`, and reasoning in the text:
 * everything up to the last `</think>`, `</thinking>` or `</thought>` is reasoning.
 *
 * @throws {ResponseError} (or the subclass that fits) for an error body, and for a turn that the server gave up on.
 * @throws {ProtocolError} with the start of the body, if it cannot be decoded.
 *
 * @example
 * ```ts
 * import { decodeTurn } from '@crew/core/chat-completions';
 *
 * const turn = decodeTurn({
 *   choices: [{ message: { role: 'assistant', content: 'High tide is at 06:40.' }, finish_reason: 'stop' }],
 *   usage: { prompt_tokens: 12, completion_tokens: 9 },
 * });
 * console.log(turn.text, turn.finishReason, turn.usage);
 * ```
 */
export function decodeTurn(body: unknown, context: ResponseErrorContext = {}): Generation {
  return assembleTurn(new TurnAssembler(), body, context);
}

/** Decodes a response with the given assembler, whose parts the caller needs. */
export function assembleTurn(assembler: TurnAssembler, body: unknown, context: ResponseErrorContext): Generation {
  const unreadable = (problem: string): ProtocolError =>
    new ProtocolError(`The model server's response ${problem}. It starts with: ${excerptOfBody(body)}`);
  if (exceedsJsonDepth(body)) throw new ProtocolError(`The model server's response cannot be read: ${TOO_DEEP}.`);
  // One provider wraps its errors in a list.
  const response = asRecord(Array.isArray(body) ? body[0] : body);
  if (response === undefined) throw unreadable('is not a JSON object');
  if (isErrorBody(response)) throw toResponseError(decodeError(response), context);
  const choice = firstChoice(response);
  if (choice === undefined) throw unreadable('has no choices');
  const message = asRecord(choice['message']);
  if (message === undefined) throw unreadable('has a choice without a message');
  assembler.addEnvelope(response);
  assembler.addMessage(message, true);
  assembler.notes.addChoice(choice);
  const failure = choiceFailure(choice, { ...context, partialText: assembler.text || undefined });
  if (failure !== undefined) throw failure;
  assembler.addFinishReason(choice['finish_reason']);
  return assembler.finish(unreadable);
}

/** Returns the choice with index 0. A choice without an index counts as 0. */
export function firstChoice(body: JsonRecord): JsonRecord | undefined {
  const choices = body['choices'];
  if (!Array.isArray(choices)) return undefined;
  for (const item of choices) {
    const choice = asRecord(item);
    if (choice !== undefined && (choice['index'] ?? 0) === 0) return choice;
  }
  return undefined;
}

/**
 * Assembles one turn from messages or deltas, and collects the new parts of each. A complete response is treated as one
 * delta, so that the same code decodes both forms.
 */
export class TurnAssembler {
  /** The new parts in order. The caller removes them. */
  readonly parts: StreamPart[] = [];
  /** Annotations and log probabilities. */
  readonly notes: TurnNotes = new TurnNotes();
  #text = '';
  #reasoning = '';
  #finishReason: string | undefined;
  #usage: TokenUsage | undefined;
  #model: string | undefined;
  #requestId: string | undefined;
  #hasRefusal = false;
  readonly #providerFields = new ProviderFields();
  readonly #toolCalls = new ToolCallAssembler(this.parts);
  readonly #inline = new InlineReasoning({
    onText: text => this.#addText(text),
    onReasoning: text => this.#addReasoning(text),
    // The parts that a consumer already has cannot be taken back.
    onTextWasReasoning: rest => {
      this.#reasoning += removeOpeningTags(this.#text + rest);
      this.#text = '';
      if (rest !== '') this.parts.push({ type: 'reasoning', text: rest });
    },
  });

  /** The text so far, without characters that may turn out to be part of a tag. */
  get text(): string {
    return this.#text;
  }

  /** True if no part of a reply has arrived. */
  get isEmpty(): boolean {
    return this.#text === '' && this.#reasoning === '' && this.#toolCalls.size === 0;
  }

  /** The server's id of the response. */
  get requestId(): string | undefined {
    return this.#requestId;
  }

  /** True if the server has sent a finish reason. */
  get hasFinishReason(): boolean {
    return this.#finishReason !== undefined;
  }

  /** Adds the members beside the choices of a body or a chunk. The first id is kept: some servers change it per chunk. */
  addEnvelope(body: JsonRecord): void {
    this.#requestId ??= shortName(body['id']);
    this.#model ??= shortName(body['model']);
    this.notes.addCitations(body);
    this.#usage = usageOf(body) ?? this.#usage;
  }

  /** Adds a choice's `delta`, or its `message`, which is `whole` in a response that is not streamed. */
  addMessage(message: JsonRecord, whole: boolean): void {
    const reasoning = decodeReasoning(message);
    if (reasoning !== '') {
      this.#inline.disable();
      this.#addReasoning(reasoning);
    }
    this.#providerFields.add(message);
    this.notes.addMessage(message);
    this.#hasRefusal ||= hasRefusal(message);
    const text = decodeText(message);
    if (text !== '') this.#inline.push(text);
    for (const call of toolCallEntries(message)) this.#toolCalls.add(call, whole);
  }

  /** Adds the parts of a whole message that its deltas lack. Most servers that send it at the end repeat everything. */
  addRest(message: JsonRecord): void {
    const rest = new TurnAssembler();
    rest.addMessage(message, true);
    rest.#inline.end();
    this.#inline.end();
    if (isContinued(this.#reasoning, rest.#reasoning)) {
      this.#addReasoning(rest.#reasoning.slice(this.#reasoning.length));
    }
    if (isContinued(this.#text, rest.#text)) this.#addText(rest.#text.slice(this.#text.length));
    this.#toolCalls.addRest(toolCallEntries(message));
  }

  /** Returns true if a message contains the text so far, and nothing else. */
  isRepeatedBy(message: JsonRecord): boolean {
    const text = decodeText(message);
    return text !== '' && text.length === this.#text.length && text === this.#text;
  }

  /** Adds a choice's finish reason. The first one is kept. */
  addFinishReason(word: unknown): void {
    this.#finishReason ??= asText(word);
  }

  /** Returns the complete turn and adds the remaining text to `parts`. Throws the error that `unreadable` makes. */
  finish(unreadable: (problem: string) => ProtocolError): Generation {
    this.#inline.end();
    const finishReason = toFinishReason(this.#finishReason, this.#toolCalls.size > 0, this.#hasRefusal);
    const isPartial = isCutOff(finishReason) || finishReason === 'refusal';
    const toolCalls = this.#toolCalls.finish(isPartial, unreadable);
    const providerData = toProviderData(this.#providerFields, this.#toolCalls.providerFields);
    return {
      text: this.#text,
      reasoning: this.#reasoning === '' ? undefined : this.#reasoning,
      toolCalls,
      finishReason,
      usage: this.#usage,
      model: this.#model,
      requestId: this.#requestId,
      ...turnExtras({ providerData, ...this.notes.toJson() }),
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

/** Returns the token counts of a body or a chunk, which Kimi sends in the choice, and Groq in an object of its own. */
function usageOf(body: JsonRecord): TokenUsage | undefined {
  return (
    decodeUsage(body['usage']) ??
    decodeUsage(firstChoice(body)?.['usage']) ??
    decodeUsage(asRecord(body['x_groq'])?.['usage'])
  );
}

/** Returns the tool calls of a message or a delta, in the current form or in the older one, `function_call`. */
function toolCallEntries(message: JsonRecord): readonly JsonRecord[] {
  const calls = message['tool_calls'];
  const items: readonly unknown[] = Array.isArray(calls) ? calls : [];
  const entries = items.map(asRecord).filter(entry => entry !== undefined);
  if (entries.length > 0) return entries;
  const call = asRecord(message['function_call']);
  return call === undefined ? [] : [{ function: call }];
}

/** Returns true if the whole text begins with the text so far, and is longer. */
function isContinued(text: string, whole: string): boolean {
  return whole.length > text.length && whole.startsWith(text);
}

/** Maximum length of the names that a server sends, of a model or a request, in characters. */
const MAX_NAME_LENGTH = 150;

function shortName(value: unknown): string | undefined {
  const text = asText(value);
  return text === undefined ? undefined : excerpt(text, MAX_NAME_LENGTH) || undefined;
}
