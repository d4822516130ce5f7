import { parentPort } from 'node:worker_threads';
import { startEndpoint, text } from '@crew/test-endpoint';

// A separate thread, so that its heap does not count as the client's.
let answered = 0;
const endpoint = await startEndpoint({
  // Neither side closes an idle connection, however long a batch takes: each that is made counts.
  keepAliveTimeout: 600_000,
  respond: () => {
    answered += 1;
    // The requests are not kept, because there are too many.
    if (answered % 500 === 0) endpoint.clear();
    return text('Hello');
  },
});

/** Figures of the endpoint after the client has closed its connections. */
export interface EndpointFigures {
  readonly answered: number;
  readonly connections: number;
}

parentPort?.once('message', async () => {
  await endpoint.whenIdle();
  await endpoint.close();
  parentPort?.postMessage({ answered, connections: endpoint.connections.total } satisfies EndpointFigures);
});
parentPort?.postMessage(endpoint.url);
