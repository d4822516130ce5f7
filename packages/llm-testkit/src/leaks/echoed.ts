import type { RecordedRequest } from '@crew/test-endpoint';

/** An error that repeats the request, its path, headers and body, as gateways show it to whoever looks for a mistake. */
export function echoed({ method, path, headers, body }: RecordedRequest): object {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return { error: { message: [`${method} ${path}`, ...lines, '', body].join('\n'), type: 'echo' } };
}
