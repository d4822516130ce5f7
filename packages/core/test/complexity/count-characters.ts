/** Counts the characters passed to regular expressions and `JSON.parse`, whose work is not counted as steps. */
export async function countCharacters(work: () => unknown): Promise<number> {
  const { exec } = RegExp.prototype;
  const { parse } = JSON;
  let characters = 0;
  RegExp.prototype.exec = function counted(this: RegExp, text: string): RegExpExecArray | null {
    characters += text.length;
    return exec.call(this, text);
  };
  JSON.parse = (text, reviver) => {
    characters += text.length;
    return parse(text, reviver);
  };
  try {
    await work();
    return characters;
  } finally {
    RegExp.prototype.exec = exec;
    JSON.parse = parse;
  }
}
