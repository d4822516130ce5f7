import { describeHandWritten } from './describe-hand-written.ts';
import { HandWrittenLLM } from './hand-written.ts';

const hostile = 'evil\u001b]52;c;ZXZpbA==\u0007 \u001b[2J\u009b31m \u202Egnp.exe\u2066 \u2028forged\rline\u0000';

class Hostile extends HandWrittenLLM {
  override encode(): string {
    throw new Error(hostile);
  }
}

export default describeHandWritten(hostile, Hostile);
