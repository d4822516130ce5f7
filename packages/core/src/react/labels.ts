// The labels of the ReAct form, as models really write them: bold, numbered, with spaces, in any case at the beginning
// of a line; within a line only with their capitals, since "my final answer: none" is prose.

/** A label's place in a text: where it begins, and where what it labels begins. */
export interface LabelPlace {
  readonly at: number;
  readonly end: number;
}

type Label = 'action' | 'input' | 'observation' | 'answer' | 'thought';

/** Bounded, like all repetition here: a reply of a million spaces is read as fast as any other. */
const GAP = '[ \\t]{0,9}';
const NUMBER = `${GAP}\\d{0,4}`;

const WORDS: Readonly<Record<Label, string>> = {
  action: `Action${NUMBER}`,
  input: `Action${NUMBER}${GAP}Input${NUMBER}`,
  observation: `Observation${NUMBER}`,
  answer: `Final${GAP}Answer`,
  thought: `Thought${NUMBER}`,
};

const AT_LINE = compile('(?<=^|\\n)[ \\t>#-]{0,99}', 'gi');
const ANYWHERE = compile('', 'g');

function compile(before: string, flags: string): Readonly<Record<Label, RegExp>> {
  const pattern = (words: string): RegExp =>
    // linear: every repetition in GAP, NUMBER and `before` is bounded.
    new RegExp(`${before}(?:\\*\\*${GAP}${words}${GAP}(?::${GAP}\\*\\*|\\*\\*${GAP}:)|${words}${GAP}:)`, flags);
  return {
    action: pattern(WORDS.action),
    input: pattern(WORDS.input),
    observation: pattern(WORDS.observation),
    answer: pattern(WORDS.answer),
    thought: pattern(WORDS.thought),
  };
}

/** The first such label that begins a line, from `from` on. */
export function lineLabel(text: string, label: Label, from = 0): LabelPlace | undefined {
  return search(AT_LINE[label], text, from);
}

/** The first such label with its capitals, wherever it stands. */
export function inlineLabel(text: string, label: Label, from = 0): LabelPlace | undefined {
  return search(ANYWHERE[label], text, from);
}

/** The last such label that begins a line, or the last that `find` finds. */
export function lastLabel(text: string, label: Label, find: typeof lineLabel = lineLabel): LabelPlace | undefined {
  let last: LabelPlace | undefined;
  for (let place = find(text, label); place !== undefined; place = find(text, label, place.end)) last = place;
  return last;
}

function search(pattern: RegExp, text: string, from: number): LabelPlace | undefined {
  pattern.lastIndex = from;
  const match = pattern.exec(text);
  return match === null ? undefined : { at: match.index, end: match.index + match[0].length };
}
