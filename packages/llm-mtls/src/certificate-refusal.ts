import type { Refusal } from '@crew/llm-http/adapter';

/** nginx's own statuses for a client certificate that is bad (495) or missing (496). */
const STATUSES: readonly number[] = [495, 496];
/** What nginx answers in their place unless it is told otherwise: a 400 with one of these in its page. */
const PAGES = /<title>400 (?:The SSL certificate error|No required SSL certificate was sent)<\/title>/u;

/** Whether a server refused the client certificate by a response, having let the handshake pass. */
export function isCertificateRefusal({ status, bodyStart }: Pick<Refusal, 'status' | 'bodyStart'>): boolean {
  return STATUSES.includes(status) || (status === 400 && PAGES.test(bodyStart));
}
