import { ProtocolError } from '../errors/response-errors.ts';
import { exceedsJsonDepth, TOO_DEEP } from '../json.ts';
import type { Generation } from '../llm/turn.ts';
import { excerptOfBody } from '../messages/printable.ts';
import { decodeError, isErrorBody } from './decode-error.ts';
import { asRecord, type JsonRecord } from './json-record.ts';
import { type ResponseErrorContext, toResponseError } from './to-response-error.ts';
import { TurnAssembler } from './turn-assembler.ts';

/**
 * The turn that a chat-completions answer holds. `body` is the parsed JSON.
 *
 * Servers' deviations are read for what they mean: content as a list of parts, arguments as an object, missing ids
 * (`call_0`, `call_1`, ...), a missing or wrong finish reason, `<think>` at the start of the text, absent usage.
 *
 * Throws a `ResponseError` (or the subclass that fits) for an error body, and a `ProtocolError`, which shows the start of the body, for
 * what cannot be read.
 */
export function decodeTurn(body: unknown, context: ResponseErrorContext = {}): Generation {
  const assembler = new TurnAssembler();
  return assembleTurn(assembler, body, context);
}

/** The same with an assembler whose parts the caller wants. */
export function assembleTurn(assembler: TurnAssembler, body: unknown, context: ResponseErrorContext): Generation {
  const unreadable = (what: string): ProtocolError =>
    new ProtocolError(`The model server's answer ${what}. It begins: ${excerptOfBody(body)}`);
  if (exceedsJsonDepth(body)) throw new ProtocolError(`The model server's answer cannot be read: ${TOO_DEEP}.`);
  // One provider wraps its errors in a list.
  const answer = asRecord(Array.isArray(body) ? body[0] : body);
  if (answer === undefined) throw unreadable('is no JSON object');
  if (isErrorBody(answer)) throw toResponseError(decodeError(answer), context);
  const choice = firstChoice(answer);
  if (choice === undefined) throw unreadable('has no choices');
  const message = asRecord(choice['message']);
  if (message === undefined) throw unreadable('has a choice without a message');
  assembler.addEnvelope(answer);
  assembler.addMessage(message, true);
  assembler.addFinishReason(choice['finish_reason']);
  return assembler.finish(unreadable);
}

/** The choice with index 0, or the first when none says its index. */
export function firstChoice(body: JsonRecord): JsonRecord | undefined {
  const choices = body['choices'];
  if (!Array.isArray(choices)) return undefined;
  for (const item of choices) {
    const choice = asRecord(item);
    if (choice !== undefined && (choice['index'] ?? 0) === 0) return choice;
  }
  return undefined;
}
