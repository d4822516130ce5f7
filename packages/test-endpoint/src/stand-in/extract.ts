const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'a about according all am an and any are as at be been before but by can could current describe did do does each ever every explain ' +
    'find following for from get give had has have how i if in into is it its list look make many me more most much must my name of ' +
    'on or our please question research say search see should show so some summarise summarize task tell that the their them then ' +
    'there these they this those to us use was we were what when where which while who why will with would you your'
  ).split(' '),
);

/** The words of a text that carry its meaning, in order, once each, in lower case. */
export function keyWords(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) ?? [];
  return [...new Set(words.filter(word => !STOP_WORDS.has(word)))];
}

/** At most three sentences with the most key words in them, in the order in which they stand; empty when none has any. */
export function bestSentences(texts: readonly string[], words: readonly string[]): string {
  const stems = words.map(stem);
  const sentences = [...new Set(texts.flatMap(sentencesOf))].map((sentence, position) => {
    const said = new Set(keyWords(sentence).map(stem));
    return { sentence, position, matches: stems.filter(word => said.has(word)).length };
  });
  const most = Math.max(0, ...sentences.map(({ matches }) => matches));
  return sentences
    .filter(({ matches }) => matches > 0 && matches * 2 >= most)
    .sort((one, other) => other.matches - one.matches || one.position - other.position)
    .slice(0, 3)
    .sort((one, other) => one.position - other.position)
    .map(({ sentence }) => sentence)
    .join(' ');
}

function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+|\n+/u)
    .map(sentence => sentence.replace(/^[#>*\s-]+/u, '').trim())
    .filter(sentence => sentence.length > 0);
}

/** A word without the endings that most often tell two forms of it apart. */
function stem(word: string): string {
  return word.length > 4 ? word.replace(/(?:ies|es|s|ed|ing|e|y)$/u, '') : word;
}
