import type { AdapterDescription } from '@crew/llm-testkit';

const hostile = 'evil\u001b]52;c;ZXZpbA==\u0007 \u001b[2J\u009b31m \u202Egnp.exe\u2066 \u2028forged\rline\u0000';

const adapter: AdapterDescription = {
  name: hostile,
  create() {
    throw new Error(hostile);
  },
};

export default adapter;
