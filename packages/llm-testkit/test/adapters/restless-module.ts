import type { AdapterDescription } from '@crew/llm-testkit';

const adapter: AdapterDescription = {
  name: 'an adapter with a timer',
  create() {
    setInterval(() => undefined, 1_000);
    throw new Error('Nothing more is needed.');
  },
};

export default adapter;
