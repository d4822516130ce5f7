import { describeHandWritten } from './describe-hand-written.ts';
import { HandWrittenLLM } from './hand-written.ts';

export default describeHandWritten('a good adapter', HandWrittenLLM);
