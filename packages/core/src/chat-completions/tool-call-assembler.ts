import type { ProtocolError } from '../errors/response-errors.ts';
import type { StreamPart } from '../llm/turn.ts';
import { inventedCallId } from '../messages/call-identity.ts';
import type { ToolCall } from '../messages/message.ts';
import { isEmptyObject, isStartOfEmptyObject, JsonObjectEnd, lastObject } from './json-object-end.ts';
import { ProviderFields } from './provider-fields.ts';
import { asRecord, asText, type JsonRecord } from './response-fields.ts';

/** A tool call that is being assembled. */
interface OpenCall {
  /** The id that the server sent. Two calls may have the same. */
  readonly serverId: string | undefined;
  /** Id that is unique in the turn. Set once the name is known. */
  id: string | undefined;
  name: string | undefined;
  arguments: string;
  /** Complete arguments behind which the server began anew. */
  replaced: string | undefined;
  /** The end of the arguments that is not in `parts` yet. */
  held: string;
  /** Position among the turn's calls. Set once the name is known. */
  position: number | undefined;
  /** True if the name was repeated, without an id, after the arguments were complete. */
  isNameRepeated: boolean;
  /** Fields that the standard API does not have, such as a signature. */
  readonly providerFields: ProviderFields;
  /** Finds the end of the arguments. */
  end: JsonObjectEnd;
}

/**
 * Assembles the tool calls of one turn from complete calls and from fragments in every form that servers send: with or
 * without `index`, with or without `id`, arguments as a string or as an object, a new call under an index already in use,
 * arguments that begin anew (`{}`, then the real ones) or are repeated.
 */
export class ToolCallAssembler {
  readonly #parts: StreamPart[];
  readonly #calls: OpenCall[] = [];
  readonly #byIndex = new Map<number, OpenCall>();
  readonly #byId = new Map<string, OpenCall>();
  readonly #ids = new Set<string>();
  /** The number of the next invented id. */
  #nextId = 0;
  #last: OpenCall | undefined;
  #started = 0;

  /** The stream parts of the calls are added to `parts`. */
  constructor(parts: StreamPart[]) {
    this.#parts = parts;
  }

  /** Number of calls whose name is known. */
  get size(): number {
    return this.#started;
  }

  /** Adds an entry of `tool_calls`: a `whole` call of a response that is not streamed, or what may be a fragment of one. */
  add(entry: JsonRecord, whole: boolean): void {
    const id = asText(entry['id']);
    const body = asRecord(entry['function']) ?? entry;
    const name = asText(body['name']);
    const index = typeof entry['index'] === 'number' ? entry['index'] : undefined;
    const text = argumentsText(body['arguments']);
    const found = whole ? undefined : this.#find(index, id, name, text);
    const isRepeated = found !== undefined && name !== undefined && isComplete(found);
    if (isRepeated && !isRestart(found, index, id, text)) {
      // The entry repeats what is known. Without an id, it may also start another call, whose arguments follow.
      found.isNameRepeated = id === undefined;
      found.providerFields.add(entry);
      this.#last = found;
      return;
    }
    const startsAnother = found?.isNameRepeated === true && text.trim() !== '';
    const call = found === undefined || startsAnother ? this.#open(index, id) : found;
    this.#last = call;
    call.providerFields.add(entry);
    const callName = startsAnother ? found.name : name;
    if (call.name === undefined && callName !== undefined) {
      call.name = callName;
      this.#start(call, callName);
    }
    this.#append(call, text);
  }

  /** Adds the entries of a whole message that follows fragments of the same calls. */
  addRest(entries: readonly JsonRecord[]): void {
    for (const [position, entry] of entries.entries()) {
      const id = asText(entry['id']);
      const call = (id === undefined ? undefined : this.#byId.get(id)) ?? this.#calls[position];
      if (call === undefined) this.add(entry, true);
      else if (!isComplete(call)) this.#complete(call, asRecord(entry['function']) ?? entry);
    }
  }

  /** The fields of each call that the standard API does not have, in the order of `finish`. */
  get providerFields(): readonly ProviderFields[] {
    return this.#inOrder().map(call => call.providerFields);
  }

  /**
   * Returns the calls in the order in which they started. A call without a name is dropped if the turn was cut off; otherwise
   * the error that `unreadable` makes is thrown. Empty arguments mean `{}`, unless the turn was cut off.
   */
  finish(cutOff: boolean, unreadable: (problem: string) => ProtocolError): readonly ToolCall[] {
    const started = this.#inOrder();
    if (started.length < this.#calls.length && !cutOff) {
      throw unreadable('has a tool call without a name');
    }
    return started.map(call => {
      const text = finalArguments(call);
      // An empty object was held back, because the real arguments could have followed.
      if (call.replaced === undefined) this.#emit(call);
      return { id: call.id ?? '', name: call.name ?? '', arguments: text.trim() === '' && !cutOff ? '{}' : text };
    });
  }

  #inOrder(): OpenCall[] {
    const started = this.#calls.filter(call => call.position !== undefined);
    return started.sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  }

  /** Returns the call that an entry continues or repeats, or `undefined` if it starts another. */
  #find(
    index: number | undefined,
    id: string | undefined,
    name: string | undefined,
    text: string,
  ): OpenCall | undefined {
    const call = this.#at(index, id, name);
    if (call === undefined || name === undefined || call.name === undefined) return call;
    // The same name with a different id is another call, even if the index is the same.
    if (name !== call.name || (id !== undefined && id !== call.serverId)) return undefined;
    if (text.trim() === '' || !isComplete(call) || isRestart(call, index, id, text)) return call;
    // The call is complete, so the entry is not a fragment of it: it repeats the call or starts the next one.
    return id !== undefined && text.trim() === call.end.object(() => call.arguments) ? call : undefined;
  }

  #at(index: number | undefined, id: string | undefined, name: string | undefined): OpenCall | undefined {
    if (index !== undefined) return this.#byIndex.get(index);
    if (id === undefined) return this.#last;
    return this.#byId.get(id) ?? (name === undefined ? this.#last : undefined);
  }

  #open(index: number | undefined, id: string | undefined): OpenCall {
    const call: OpenCall = {
      serverId: id,
      id: undefined,
      name: undefined,
      arguments: '',
      replaced: undefined,
      held: '',
      position: undefined,
      isNameRepeated: false,
      providerFields: new ProviderFields(),
      end: new JsonObjectEnd(),
    };
    this.#calls.push(call);
    if (index !== undefined) this.#byIndex.set(index, call);
    if (id !== undefined) this.#byId.set(id, call);
    return call;
  }

  #start(call: OpenCall, name: string): void {
    const index = this.#started++;
    call.position = index;
    call.id = this.#uniqueId(call.serverId);
    this.#parts.push({ type: 'tool-call-start', index, id: call.id, name });
    if (!isStartOfEmptyObject(call.arguments)) this.#emit(call);
  }

  /** Completes a call with its arguments, and its name, in a whole message. */
  #complete(call: OpenCall, body: JsonRecord): void {
    const name = asText(body['name']);
    if (call.name === undefined && name !== undefined) {
      call.name = name;
      this.#start(call, name);
    }
    const text = argumentsText(body['arguments']);
    if (text.length >= call.arguments.length && text.startsWith(call.arguments)) {
      this.#append(call, text.slice(call.arguments.length));
    } else if (text !== '') {
      replace(call);
      this.#append(call, text);
    }
  }

  #append(call: OpenCall, text: string): void {
    if (text === '') return;
    // Nothing can follow a complete object, so that another one replaces or repeats it.
    if (text.trimStart().startsWith('{') && (call.end.isAtEnd || isEmptyObject(call.arguments))) replace(call);
    call.arguments += text;
    call.held += text;
    call.end.push(text);
    if (call.replaced === undefined && !isStartOfEmptyObject(call.arguments)) this.#emit(call);
  }

  /** Adds the new arguments to `parts`. Parts that were emitted cannot be taken back, so replaced arguments add none. */
  #emit(call: OpenCall): void {
    if (call.position === undefined || call.held === '') return;
    this.#parts.push({ type: 'tool-call-arguments', index: call.position, text: call.held });
    call.held = '';
  }

  /** Returns the id, or another one if there is none, or if another call of the turn has it: each id is answered once. */
  #uniqueId(wanted: string | undefined): string {
    let id = wanted;
    while (id === undefined || this.#ids.has(id)) id = inventedCallId(this.#nextId++);
    this.#ids.add(id);
    return id;
  }
}

function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : '';
}

/** Starts the arguments anew. Arguments of which nothing was emitted are forgotten. */
function replace(call: OpenCall): void {
  if (call.held.length < call.arguments.length) call.replaced = call.arguments;
  call.arguments = '';
  call.held = '';
  call.end = new JsonObjectEnd();
}

/** Returns the arguments that count. */
function finalArguments(call: OpenCall): string {
  // A repetition that was cut off repeats all the same.
  const isRepetition = call.replaced?.trim().startsWith(call.arguments.trim()) === true;
  const text = isRepetition ? (call.replaced ?? '') : call.arguments;
  return call.end.isAtEnd ? text : lastObject(text);
}

/** Returns true if the text begins the arguments of a complete call anew, or repeats their beginning. */
function isRestart(call: OpenCall, index: number | undefined, id: string | undefined, text: string): boolean {
  const start = text.trim();
  const object = call.end.object(() => call.arguments);
  if (!start.startsWith('{') || start === object) return false;
  // Without an id, only the index says that the entry belongs to this call.
  if (isEmptyObject(call.arguments)) return id === undefined ? index !== undefined : id === call.serverId;
  return id !== undefined && id === call.serverId && object?.startsWith(start) === true;
}

/** Returns true if the arguments are a complete JSON object, so that no fragment can follow. */
function isComplete(call: OpenCall): boolean {
  return call.end.isAtEnd && call.end.object(() => call.arguments) !== undefined;
}
