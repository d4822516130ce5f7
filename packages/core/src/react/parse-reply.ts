import { findJsonEnd } from '../json.ts';
import { endOfWrittenObject } from './end-of-written-object.ts';
import { inlineLabel, type LabelPlace, lastLabel, lineLabel } from './labels.ts';

/** What a reply in the ReAct form says. */
export type ParsedReply =
  | { readonly kind: 'answer'; readonly text: string }
  /** `input` is what was written, whether or not it can be read. */
  | { readonly kind: 'action'; readonly thought: string; readonly name: string; readonly input: string }
  /** `missing` is a sentence for the model. */
  | { readonly kind: 'neither'; readonly missing: string };

/** Much longer than the name of any tool. */
const MOST_NAME = 200;

/** An action as far as it was found. */
interface FoundAction {
  readonly label: LabelPlace;
  readonly input: LabelPlace;
  /** Where its input surely is over: no label within it counts. */
  readonly inputEnd: number;
}

/**
 * Reads a reply. "Final Answer:" gives the answer, the text after the last one; unless an action comes first, followed by
 * an observation that the model made up: then everything from that observation on is dropped, and the action stands.
 */
export function parseReply(reply: string): ParsedReply {
  const action = findAction(reply);
  if (action === undefined) {
    const answer = lastLabel(reply, 'answer') ?? lastLabel(reply, 'answer', inlineLabel);
    return answer === undefined ? { kind: 'neither', missing: whatIsMissing(reply) } : readAnswer(reply, answer);
  }
  const text = reply.slice(0, observationAt(reply, action));
  const answer = lastLabel(text, 'answer', (within, label, from = 0) => {
    const place = lineLabel(within, label, from);
    const insideInput = place !== undefined && place.at >= action.input.end && place.at < action.inputEnd;
    return insideInput ? lineLabel(within, label, action.inputEnd) : place;
  });
  return answer === undefined ? readAction(text, action) : readAnswer(text, answer);
}

function findAction(reply: string): FoundAction | undefined {
  const first = lineLabel(reply, 'action') ?? inlineLabel(reply, 'action');
  if (first === undefined) return undefined;
  const input = lineLabel(reply, 'input', first.end) ?? inlineLabel(reply, 'input', first.end);
  if (input === undefined) return undefined;
  // An action that was begun and then reconsidered has no input: the last one before the input is meant.
  const label = lastLabel(reply.slice(0, input.at), 'action') ?? first;
  return { label, input, inputEnd: endOfInput(reply, input.end) };
}

function endOfInput(reply: string, from: number): number {
  const opening = /[ \t\n\r]*(?:```[^\n`]*\n\s*)?\{/y;
  opening.lastIndex = from;
  if (!opening.test(reply)) return from;
  const start = opening.lastIndex - 1;
  const end = endOfWrittenObject(reply, start);
  return end === -1 ? Math.max(from, findJsonEnd(reply, start)) : end;
}

function observationAt(reply: string, { input, inputEnd }: FoundAction): number | undefined {
  const within = inputEnd > input.end ? inlineLabel(reply, 'observation', inputEnd) : undefined;
  const place = lineLabel(reply, 'observation', inputEnd) ?? within;
  return place === undefined || within === undefined ? place?.at : Math.min(place.at, within.at);
}

function readAction(text: string, { label, input, inputEnd }: FoundAction): ParsedReply {
  const [line = ''] = text.slice(label.end, input.at).trim().slice(0, MOST_NAME).split('\n', 1);
  const name = withoutMarks(line);
  if (name === '') return { kind: 'neither', missing: 'Nothing follows "Action:".' };
  const next = [lineLabel(text, 'thought', inputEnd), lineLabel(text, 'action', inputEnd)].flatMap(
    place => place?.at ?? [],
  );
  const written = text.slice(input.end, Math.min(text.length, ...next)).trim();
  return { kind: 'action', thought: readThought(text.slice(0, label.at)), name, input: written };
}

/** The name without the quotes and asterisks around it. */
function withoutMarks(line: string): string {
  const isMark = (character: string): boolean => '*`"\''.includes(character) || character.trim() === '';
  let start = 0;
  let end = line.length;
  while (start < end && isMark(line.charAt(start))) start += 1;
  while (end > start && isMark(line.charAt(end - 1))) end -= 1;
  return line.slice(start, end);
}

function readThought(text: string): string {
  const label = lineLabel(text, 'thought');
  return (label === undefined ? text : text.slice(0, label.at) + text.slice(label.end)).trim();
}

function readAnswer(text: string, label: LabelPlace): ParsedReply {
  const answer = text.slice(label.end).trim();
  if (answer === '') return { kind: 'neither', missing: 'Nothing follows "Final Answer:".' };
  return { kind: 'answer', text: withoutOpenFence(answer) };
}

/** A fence at the end that opens no code block closes one that began before the answer. */
function withoutOpenFence(answer: string): string {
  const fences = answer.split('```').length - 1;
  return answer.endsWith('```') && fences % 2 === 1 ? answer.slice(0, -3).trimEnd() : answer;
}

function whatIsMissing(reply: string): string {
  if (lineLabel(reply, 'action')) return 'After "Action:" there is no "Action Input:".';
  if (lineLabel(reply, 'input')) return 'There is an "Action Input:", but no "Action:" before it.';
  return 'There is neither an "Action:" nor a "Final Answer:" in it.';
}
