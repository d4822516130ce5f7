import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import type { Trial } from '../trial/trial.ts';

/** The status of a request that carries no credential; undefined when the server did not even answer it. */
export function withoutCredential(trial: Trial): Promise<number | undefined> {
  const { url, endpoint } = trial;
  const request = url.startsWith('https:') ? secure : plain;
  const options = { method: 'POST', agent: false, headers: { 'content-type': 'application/json' }, ca: endpoint.ca };
  return new Promise(resolve => {
    request(url, options, response => response.resume().once('end', () => resolve(response.statusCode)))
      .once('error', () => resolve(undefined))
      .end('{"messages":[{"role":"user","content":"Hello"}]}');
  });
}
