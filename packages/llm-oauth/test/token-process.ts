import { fileTokenStore, OAuthLLM, refreshToken } from '../src/index.ts';
import type { ProcessTask } from './processes.test.ts';

// One of several processes that share a store: makes a call, prints the result and exits.
process.once('message', async message => {
  const { store, refreshToken: token, ...options } = message as ProcessTask;
  const llm = new OAuthLLM({ ...options, grant: refreshToken(token), store: fileTokenStore(store) });
  try {
    process.send?.(await llm.call('Hi'));
  } catch (thrown) {
    process.send?.(String(thrown));
  } finally {
    await llm.close();
    process.disconnect();
  }
});
