import { findJsonEnd } from '../json.ts';
import { cutText } from '../messages/printable.ts';
import { endOfLooseObject } from './action-input.ts';

/** A parsed reply in the ReAct form. */
export type ParsedReply =
  | { readonly kind: 'answer'; readonly text: string }
  /** `input` is the text as written, whether or not it is valid. */
  | { readonly kind: 'action'; readonly thought: string; readonly name: string; readonly input: string }
  /** `problem` is a sentence for the model. */
  | { readonly kind: 'malformed'; readonly problem: string };

/** Maximum length of a tool's name, in characters. It is much longer than any valid name. */
const MAX_NAME = 200;

/** The positions of an action in a reply. */
interface ActionPosition {
  readonly label: LabelPosition;
  readonly input: LabelPosition;
  /** The index after the input, as far as it is certain. Labels inside the input are ignored. */
  readonly inputEnd: number;
}

/**
 * Parses a reply. The text after the last "Final Answer:" is the answer. If an action comes first and the model invented
 * an observation for it, everything from that observation on is ignored, and the reply is an action.
 */
export function parseReply(reply: string): ParsedReply {
  const action = findAction(reply);
  if (action === undefined) {
    const answer = lastLabel(reply, 'answer') ?? lastLabel(reply, 'answer', inlineLabel);
    return answer === undefined ? { kind: 'malformed', problem: missingLabel(reply) } : parseAnswer(reply, answer);
  }
  const text = reply.slice(0, observationStart(reply, action));
  const answer = lastLabel(text, 'answer', (within, label, from = 0) => {
    const position = lineLabel(within, label, from);
    const isInsideInput =
      position !== undefined && position.start >= action.input.end && position.start < action.inputEnd;
    return isInsideInput ? lineLabel(within, label, action.inputEnd) : position;
  });
  return answer === undefined ? parseAction(text, action) : parseAnswer(text, answer);
}

function findAction(reply: string): ActionPosition | undefined {
  const first = lineLabel(reply, 'action') ?? inlineLabel(reply, 'action');
  if (first === undefined) return undefined;
  const input = lineLabel(reply, 'input', first.end) ?? inlineLabel(reply, 'input', first.end);
  if (input === undefined) return undefined;
  // If the model reconsidered an action before its input, the last action before the input applies.
  const label = lastLabel(reply.slice(0, input.start), 'action') ?? first;
  return { label, input, inputEnd: findInputEnd(reply, input.end) };
}

function findInputEnd(reply: string, from: number): number {
  const opening = /[ \t\n\r]*(?:```[^\n`]*\n\s*)?\{/y;
  opening.lastIndex = from;
  if (!opening.test(reply)) return from;
  const start = opening.lastIndex - 1;
  const end = endOfLooseObject(reply, start);
  return end === -1 ? Math.max(from, findJsonEnd(reply, start)) : end;
}

function observationStart(reply: string, { input, inputEnd }: ActionPosition): number | undefined {
  const inline = inputEnd > input.end ? inlineLabel(reply, 'observation', inputEnd) : undefined;
  const position = lineLabel(reply, 'observation', inputEnd) ?? inline;
  return position === undefined || inline === undefined ? position?.start : Math.min(position.start, inline.start);
}

function parseAction(text: string, { label, input, inputEnd }: ActionPosition): ParsedReply {
  const [line = ''] = cutText(text.slice(label.end, input.start).trim(), MAX_NAME).split('\n', 1);
  const name = removeMarks(line);
  if (name === '') return { kind: 'malformed', problem: 'Nothing follows "Action:".' };
  const next = [lineLabel(text, 'thought', inputEnd), lineLabel(text, 'action', inputEnd)].flatMap(
    position => position?.start ?? [],
  );
  const inputText = text.slice(input.end, Math.min(text.length, ...next)).trim();
  return { kind: 'action', thought: parseThought(text.slice(0, label.start)), name, input: inputText };
}

/** Removes quotes, asterisks and whitespace around a name. */
function removeMarks(line: string): string {
  const isMark = (character: string): boolean => '*`"\''.includes(character) || character.trim() === '';
  let start = 0;
  let end = line.length;
  while (start < end && isMark(line.charAt(start))) start += 1;
  while (end > start && isMark(line.charAt(end - 1))) end -= 1;
  return line.slice(start, end);
}

function parseThought(text: string): string {
  const label = lineLabel(text, 'thought');
  return (label === undefined ? text : text.slice(0, label.start) + text.slice(label.end)).trim();
}

function parseAnswer(text: string, label: LabelPosition): ParsedReply {
  const answer = text.slice(label.end).trim();
  if (answer === '') return { kind: 'malformed', problem: 'Nothing follows "Final Answer:".' };
  return { kind: 'answer', text: removeStrayFence(answer) };
}

/** Removes a closing fence at the end whose code block began before the answer. */
function removeStrayFence(answer: string): string {
  const fences = answer.split('```').length - 1;
  return answer.endsWith('```') && fences % 2 === 1 ? answer.slice(0, -3).trimEnd() : answer;
}

function missingLabel(reply: string): string {
  if (lineLabel(reply, 'action')) return 'After "Action:" there is no "Action Input:".';
  if (lineLabel(reply, 'input')) return 'There is an "Action Input:", but no "Action:" before it.';
  return 'There is neither an "Action:" nor a "Final Answer:" in it.';
}

// The labels of the ReAct form, as models write them: bold, numbered, with spaces, in any case at the beginning of a line.
// Within a line they are recognised only with their capitals, because "my final answer: none" is prose.

/** The indices of the start of a label and of the text after it. */
interface LabelPosition {
  readonly start: number;
  readonly end: number;
}

type Label = 'action' | 'input' | 'observation' | 'answer' | 'thought';

/** Bounded, like all repetition here, so that a reply of a million spaces takes linear time. */
const GAP = '[ \\t]{0,9}';
const NUMBER = `${GAP}\\d{0,4}`;

const LABEL_WORDS: Readonly<Record<Label, string>> = {
  action: `Action${NUMBER}`,
  input: `Action${NUMBER}${GAP}Input${NUMBER}`,
  observation: `Observation${NUMBER}`,
  answer: `Final${GAP}Answer`,
  thought: `Thought${NUMBER}`,
};

const AT_LINE_START = compile('(?<=^|\\n)[ \\t>#-]{0,99}', 'gi');
const ANYWHERE = compile('', 'g');

function compile(before: string, flags: string): Readonly<Record<Label, RegExp>> {
  const pattern = (words: string): RegExp =>
    // linear: every repetition in GAP, NUMBER and `before` is bounded.
    new RegExp(`${before}(?:\\*\\*${GAP}${words}${GAP}(?::${GAP}\\*\\*|\\*\\*${GAP}:)|${words}${GAP}:)`, flags);
  return {
    action: pattern(LABEL_WORDS.action),
    input: pattern(LABEL_WORDS.input),
    observation: pattern(LABEL_WORDS.observation),
    answer: pattern(LABEL_WORDS.answer),
    thought: pattern(LABEL_WORDS.thought),
  };
}

/** Returns the first such label at the beginning of a line, from the index `from` on. */
function lineLabel(text: string, label: Label, from = 0): LabelPosition | undefined {
  return search(AT_LINE_START[label], text, from);
}

/** Returns the first such label with its capitals, anywhere in the text. */
function inlineLabel(text: string, label: Label, from = 0): LabelPosition | undefined {
  return search(ANYWHERE[label], text, from);
}

/** Returns the last such label at the beginning of a line, or the last that `find` returns. */
function lastLabel(text: string, label: Label, find: typeof lineLabel = lineLabel): LabelPosition | undefined {
  let last: LabelPosition | undefined;
  for (let position = find(text, label); position !== undefined; position = find(text, label, position.end))
    last = position;
  return last;
}

function search(pattern: RegExp, text: string, from: number): LabelPosition | undefined {
  pattern.lastIndex = from;
  const match = pattern.exec(text);
  return match === null ? undefined : { start: match.index, end: match.index + match[0].length };
}
