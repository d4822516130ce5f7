import { createHook } from 'node:async_hooks';
import { startEndpoint, text, withHeaders } from '@crew/test-endpoint';
import { HttpLLM } from '../src/index.ts';

/** More fields than Node reads over HTTP/2: it resets the stream in the middle of the head. */
const FIELDS = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x-${index}`, 'v']));

let isCollecting = false;
const collect = (): void => {
  if (isCollecting) globalThis.gc?.();
};
createHook({ before: collect, after: collect }).enable();

const endpoint = await startEndpoint({ tls: true, http2: true, respond: () => withHeaders(text('Hello'), FIELDS) });
const llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, allowH2: true, retry: { retries: 0 } });
const outcome = await llm.call('Hello').catch(({ code }) => code);
// The session may be collected in whatever step of its end.
isCollecting = true;
await llm.close();
await endpoint.close();
isCollecting = false;
console.log(outcome);
