import type { ProtocolError } from '../errors/response-errors.ts';
import type { StreamPart } from '../llm/turn.ts';
import { inventedCallId } from '../messages/call-identity.ts';
import type { ToolCall } from '../messages/message.ts';
import { asRecord, asText, type JsonRecord } from './response-fields.ts';

/** A tool call that is being assembled. */
interface OpenCall {
  /** The id that the server sent. Two calls may have the same. */
  readonly serverId: string | undefined;
  /** Id that is unique in the turn. Set once the name is known. */
  id: string | undefined;
  name: string | undefined;
  arguments: string;
  /** Position among the turn's calls. Set once the name is known. */
  position: number | undefined;
  /** True if the name was repeated, without an id, after the arguments were complete. */
  isNameRepeated: boolean;
  /** Finds the end of the arguments. */
  readonly end: JsonObjectEnd;
}

/**
 * Assembles the tool calls of one turn from complete calls and from fragments in every form that servers send: with or
 * without `index`, with or without `id`, arguments as a string or as an object, a new call under an index already in use.
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
    if (found !== undefined && name !== undefined && isComplete(found)) {
      // The entry repeats what is known. Without an id, it may also start another call, whose arguments follow.
      found.isNameRepeated = id === undefined;
      this.#last = found;
      return;
    }
    const startsAnother = found?.isNameRepeated === true && text.trim() !== '';
    const call = found === undefined || startsAnother ? this.#open(index, id) : found;
    this.#last = call;
    const callName = startsAnother ? found.name : name;
    if (call.name === undefined && callName !== undefined) {
      call.name = callName;
      this.#start(call, callName);
    }
    this.#append(call, text);
  }

  /**
   * Returns the calls in the order in which they started. A call without a name is dropped if the turn was cut off; otherwise
   * the error that `unreadable` makes is thrown. Empty arguments mean `{}`, unless the turn was cut off.
   */
  finish(cutOff: boolean, unreadable: (problem: string) => ProtocolError): readonly ToolCall[] {
    const started = this.#calls.filter(call => call.position !== undefined);
    if (started.length < this.#calls.length && !cutOff) {
      throw unreadable('has a tool call without a name');
    }
    started.sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
    return started.map(call => ({
      id: call.id ?? '',
      name: call.name ?? '',
      arguments: call.arguments.trim() === '' && !cutOff ? '{}' : call.arguments,
    }));
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
    if (text.trim() === '' || !isComplete(call)) return call;
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
      position: undefined,
      isNameRepeated: false,
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
    if (call.arguments !== '') this.#parts.push({ type: 'tool-call-arguments', index, text: call.arguments });
  }

  #append(call: OpenCall, text: string): void {
    if (text === '') return;
    call.arguments += text;
    call.end.push(text);
    if (call.position !== undefined) {
      this.#parts.push({ type: 'tool-call-arguments', index: call.position, text });
    }
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

/** Returns true if the arguments are a complete JSON object, so that no fragment can follow. */
function isComplete(call: OpenCall): boolean {
  return call.end.isAtEnd && call.end.object(() => call.arguments) !== undefined;
}

/**
 * Finds the end of a JSON object that arrives in fragments. Each character is scanned once, and only when the end is
 * requested.
 */
class JsonObjectEnd {
  #unscanned = '';
  #depth = 0;
  #state: 'before' | 'inside' | 'string' | 'escape' | 'after' | 'none' = 'before';
  #isParsed = false;
  #object: string | undefined;

  push(text: string): void {
    this.#unscanned += text;
  }

  /** True if the text so far is one object from brace to brace, with only white space around it. */
  get isAtEnd(): boolean {
    const text = this.#unscanned;
    this.#unscanned = '';
    for (let at = 0; at < text.length && this.#state !== 'none'; at += 1) this.#scan(text.charCodeAt(at));
    return this.#state === 'after';
  }

  /**
   * Returns that object without the white space around it, if it is valid JSON. It is parsed and trimmed only once, because
   * any amount of white space may follow it.
   */
  object(text: () => string): string | undefined {
    if (!this.#isParsed) this.#object = jsonObject(text());
    this.#isParsed = true;
    return this.#object;
  }

  #scan(code: number): void {
    switch (this.#state) {
      case 'string':
        if (code === BACKSLASH) this.#state = 'escape';
        else if (code === QUOTE) this.#state = 'inside';
        break;
      case 'escape':
        this.#state = 'string';
        break;
      case 'inside':
        if (code === QUOTE) this.#state = 'string';
        else if (code === OPEN) this.#depth += 1;
        else if (code === CLOSE && --this.#depth === 0) this.#state = 'after';
        break;
      default:
        if (code === SPACE || (code >= TAB && code <= RETURN)) break;
        // Anything after the object, or instead of it, means that the text is not an object.
        if (this.#state === 'before' && code === OPEN) {
          this.#state = 'inside';
          this.#depth = 1;
        } else this.#state = 'none';
    }
  }
}

const TAB = 9;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;

function jsonObject(text: string): string | undefined {
  try {
    return asRecord(JSON.parse(text)) === undefined ? undefined : text.trim();
  } catch {
    return undefined;
  }
}
