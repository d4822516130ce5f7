import type { ProtocolError } from '../errors/response-errors.ts';
import type { StreamPart } from '../llm/turn.ts';
import type { ToolCall } from '../messages/message.ts';
import { asRecord, asText, type JsonRecord } from './json-record.ts';

/** A tool call that is being put together. */
interface OpenCall {
  /** As the server wrote it. Two calls may have the same. */
  readonly serverId: string | undefined;
  /** Unique in the turn, once the name is known. */
  id: string | undefined;
  name: string | undefined;
  arguments: string;
  /** Its place among the turn's calls, once its name is known. */
  position: number | undefined;
  /** Whether its name, and no id, was repeated after its arguments were complete. */
  named: boolean;
  /** Finds the end of the arguments. */
  readonly end: ObjectEnd;
}

/**
 * Puts the tool calls of one turn together out of whole calls and of fragments in every form that servers send: with or
 * without `index`, with or without `id`, the arguments as text or as an object, a new call under an index that was used.
 */
export class ToolCallAssembler {
  readonly #parts: StreamPart[];
  readonly #calls: OpenCall[] = [];
  readonly #byIndex = new Map<number, OpenCall>();
  readonly #byId = new Map<string, OpenCall>();
  readonly #ids = new Set<string>();
  /** The suffix that each id was given last: the next one is looked for behind it. */
  readonly #suffixes = new Map<string, number>();
  #last: OpenCall | undefined;
  #started = 0;

  /** `parts` receives what becomes known of the calls. */
  constructor(parts: StreamPart[]) {
    this.#parts = parts;
  }

  /** How many calls have a name. */
  get size(): number {
    return this.#started;
  }

  /** An entry of `tool_calls`: a `whole` call, as in an answer that is not streamed; or perhaps a fragment of one. */
  add(entry: JsonRecord, whole: boolean): void {
    const id = asText(entry['id']);
    const body = asRecord(entry['function']) ?? entry;
    const name = asText(body['name']);
    const index = typeof entry['index'] === 'number' ? entry['index'] : undefined;
    const text = argumentsText(body['arguments']);
    const found = whole ? undefined : this.#find(index, id, name, text);
    if (found !== undefined && name !== undefined && isComplete(found)) {
      // It says again what is known. Without an id it may also have begun another, whose arguments are to come.
      found.named = id === undefined;
      this.#last = found;
      return;
    }
    const another = found?.named === true && text.trim() !== '';
    const call = found === undefined || another ? this.#open(index, id) : found;
    this.#last = call;
    const called = another ? found.name : name;
    if (call.name === undefined && called !== undefined) {
      call.name = called;
      this.#start(call, called);
    }
    this.#append(call, text);
  }

  /**
   * The calls in the order in which they began. A call whose name never came is dropped when the turn was cut off;
   * otherwise `unreadable` makes the error. Empty arguments mean none, unless the turn was cut off.
   */
  finish(cutOff: boolean, unreadable: (what: string) => ProtocolError): readonly ToolCall[] {
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

  /** The call that an entry goes on with, or says again; `undefined` when it begins another. */
  #find(
    index: number | undefined,
    id: string | undefined,
    name: string | undefined,
    text: string,
  ): OpenCall | undefined {
    const call = this.#at(index, id, name);
    if (call === undefined || name === undefined || call.name === undefined) return call;
    // A name that is repeated under an id of its own is another call, though the index is the same.
    if (name !== call.name || (id !== undefined && id !== call.serverId)) return undefined;
    if (text.trim() === '' || !isComplete(call)) return call;
    // No fragment can follow: it is the call once more, or the next one.
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
      named: false,
      end: new ObjectEnd(),
    };
    this.#calls.push(call);
    if (index !== undefined) this.#byIndex.set(index, call);
    if (id !== undefined) this.#byId.set(id, call);
    return call;
  }

  #start(call: OpenCall, name: string): void {
    const index = this.#started++;
    call.position = index;
    call.id = this.#uniqueId(call.serverId ?? `call_${index}`, index);
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

  /** The id, or one made from it when another call of the turn has it: each id is answered exactly once. */
  #uniqueId(wanted: string, index: number): string {
    let id = wanted;
    let suffix = this.#suffixes.get(wanted) ?? index;
    for (; this.#ids.has(id); suffix++) id = `${wanted}_${suffix}`;
    if (id !== wanted) this.#suffixes.set(wanted, suffix);
    this.#ids.add(id);
    return id;
  }
}

function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : '';
}

/** Whether the arguments are a whole JSON object: no fragment can follow. */
function isComplete(call: OpenCall): boolean {
  return call.end.isAtEnd && call.end.object(() => call.arguments) !== undefined;
}

/**
 * Finds where a JSON object that arrives in fragments ends. Each character is read once, and only of a call whose end is
 * asked for.
 */
class ObjectEnd {
  #unread = '';
  #depth = 0;
  #state: 'before' | 'inside' | 'string' | 'escape' | 'after' | 'none' = 'before';
  #isRead = false;
  #object: string | undefined;

  push(text: string): void {
    this.#unread += text;
  }

  /** True if the text so far is an object from brace to brace, with nothing but white space around it. */
  get isAtEnd(): boolean {
    const text = this.#unread;
    this.#unread = '';
    for (let at = 0; at < text.length && this.#state !== 'none'; at += 1) this.#read(text.charCodeAt(at));
    return this.#state === 'after';
  }

  /**
   * Returns that object without the white space around it if it is JSON. Parsed and trimmed once: any amount of white space
   * may follow it.
   */
  object(text: () => string): string | undefined {
    if (!this.#isRead) this.#object = jsonObject(text());
    this.#isRead = true;
    return this.#object;
  }

  #read(code: number): void {
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
        // Anything behind the object, or instead of one, means that this is none.
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
