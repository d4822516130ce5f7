import { findJsonEnd } from '../json.ts';
import { cutText } from '../messages/printable.ts';
import { endOfLooseObject } from './action-input.ts';

/** A parsed reply in the ReAct form. */
export type ParsedReply =
  | { readonly kind: 'answer'; readonly text: string }
  /** `input` is the text as written, whether or not it is valid. `answer` is the text of a final answer after the action. */
  | {
      readonly kind: 'action';
      readonly thought: string;
      readonly name: string;
      readonly input: string;
      readonly answer: string | undefined;
    }
  /** `problem` is a sentence for the model. `isPlain` is true if the reply has no part of an action or of an answer. */
  | { readonly kind: 'malformed'; readonly problem: string; readonly isPlain: boolean };

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
 * Parses a reply. An action or a final answer, whichever comes first, decides. Everything after "Final Answer:" is the
 * answer, even if its lines begin with labels. Everything after an observation that the model invented for its action is
 * ignored.
 */
export function parseReply(reply: string): ParsedReply {
  const action = findAction(reply);
  const answer = findAnswer(reply);
  if (action !== undefined && (answer === undefined || answer.start >= action.input.start)) {
    return parseAction(reply.slice(0, observationStart(reply, action)), action);
  }
  const label = answer ?? inlineLabel(reply, 'answer');
  return label === undefined ? missingLabel(reply) : parseAnswer(reply, label);
}

/** Returns true if a text ends in an action, so that an observation after it would be invented. */
export function endsInAction(text: string): boolean {
  const reply = parseReply(text);
  return reply.kind === 'action' && reply.answer === undefined;
}

/** Returns a reply without labels as an answer: without its thought, if there is more than that. */
export function plainAnswer(reply: string): string {
  const label = lineLabel(reply, 'thought');
  if (label === undefined || reply.slice(0, label.start).trim() !== '') return reply.trim();
  const text = reply.slice(label.end).trim();
  const paragraphEnd = text.search(/\n[ \t\r]{0,99}\n/);
  const thoughtEnd = paragraphEnd === -1 ? text.indexOf('\n') : paragraphEnd;
  return thoughtEnd === -1 ? text : text.slice(thoughtEnd).trim();
}

/** Returns the label of the answer at the beginning of a line: the first, or a later one after a thought about the former. */
function findAnswer(reply: string): LabelPosition | undefined {
  let answer = lineLabel(reply, 'answer');
  for (let next = answer; answer !== undefined && next !== undefined; answer = next) {
    next = lineLabel(reply, 'answer', answer.end);
    if (next === undefined) break;
    const between = reply.slice(answer.end, next.start);
    const isRevised =
      lineLabel(between, 'thought') && !lineLabel(between, 'action') && !lineLabel(between, 'observation');
    if (!isRevised) break;
  }
  return answer;
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
  if (name === '') return { kind: 'malformed', problem: 'Nothing follows "Action:".', isPlain: false };
  const answerLabel = lineLabel(text, 'answer', inputEnd);
  const next = [lineLabel(text, 'thought', inputEnd), lineLabel(text, 'action', inputEnd), answerLabel].flatMap(
    position => position?.start ?? [],
  );
  const inputText = text.slice(input.end, Math.min(text.length, ...next)).trim();
  const parsedAnswer = answerLabel && parseAnswer(text, answerLabel);
  const answer = parsedAnswer?.kind === 'answer' ? parsedAnswer.text : undefined;
  return { kind: 'action', thought: parseThought(text.slice(0, label.start)), name, input: inputText, answer };
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
  if (answer === '') return { kind: 'malformed', problem: 'Nothing follows "Final Answer:".', isPlain: false };
  return { kind: 'answer', text: removeStrayMark(removeStrayMark(answer, '```'), '**') };
}

/** Removes a closing mark at the end, of a code block or of bold text, that began before the answer. */
function removeStrayMark(answer: string, mark: string): string {
  const marks = answer.split(mark).length - 1;
  return answer.endsWith(mark) && marks % 2 === 1 ? answer.slice(0, -mark.length).trimEnd() : answer;
}

function missingLabel(reply: string): ParsedReply {
  const hasAction = lineLabel(reply, 'action') !== undefined;
  if (hasAction || lineLabel(reply, 'input') !== undefined) {
    const problem = hasAction
      ? 'After "Action:" there is no "Action Input:".'
      : 'There is an "Action Input:", but no "Action:" before it.';
    return { kind: 'malformed', problem, isPlain: false };
  }
  const problem = 'There is neither an "Action:" nor a "Final Answer:" in it.';
  return { kind: 'malformed', problem, isPlain: true };
}

// The labels of the ReAct form, as models write them: bold, numbered, with spaces, as headings or bold lines without a
// colon, with the full-width colon of East Asian texts, in any case at the beginning of a line.
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

const COLON = '[:\uff1a]';
const MARK = '(?:\\*{1,3}|_{1,3})';
const LINE_START = '(?<=^|\\n)[ \\t>#-]{0,99}';
const LINE_END = `${GAP}(?=\\r?\\n|$)`;

const AT_LINE_START = compile('gi', words => {
  const alone = [`${MARK}${GAP}${words}${GAP}${MARK}`, `(?<=#${GAP})${words}`];
  // Bold text that begins with a label, such as "**Final Answer: 42**". An action would get the marks into its input.
  const withAnswer = words === LABEL_WORDS.answer ? [`${MARK}${words}${GAP}${COLON}`] : [];
  return `${LINE_START}(?:${[withColon(words), ...withAnswer, `(?:${alone.join('|')})${LINE_END}`].join('|')})`;
});
const ANYWHERE = compile('g', withColon);

function withColon(words: string): string {
  return `${MARK}${GAP}${words}${GAP}(?:${COLON}${GAP}${MARK}|${MARK}${GAP}${COLON})|${words}${GAP}${COLON}`;
}

function compile(flags: string, pattern: (words: string) => string): Readonly<Record<Label, RegExp>> {
  // linear: every repetition in GAP, NUMBER, MARK and LINE_START is bounded.
  const compiled = (label: Label): RegExp => new RegExp(pattern(LABEL_WORDS[label]), flags);
  return {
    action: compiled('action'),
    input: compiled('input'),
    observation: compiled('observation'),
    answer: compiled('answer'),
    thought: compiled('thought'),
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

/** Returns the last such label at the beginning of a line. */
function lastLabel(text: string, label: Label): LabelPosition | undefined {
  let last: LabelPosition | undefined;
  for (let position = lineLabel(text, label); position !== undefined; position = lineLabel(text, label, position.end))
    last = position;
  return last;
}

function search(pattern: RegExp, text: string, from: number): LabelPosition | undefined {
  pattern.lastIndex = from;
  const match = pattern.exec(text);
  return match === null ? undefined : { start: match.index, end: match.index + match[0].length };
}
