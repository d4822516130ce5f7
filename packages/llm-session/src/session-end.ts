import type { Refusal, ResponseHead } from '@crew/llm-http/adapter';

/** 419 is Laravel's "page expired", 440 is IIS's "login time-out". */
const STATUSES: ReadonlySet<number> = new Set([302, 303, 307, 403, 419, 440]);

/** Whether a response says that the session ended: a refusal, the way to the login page, or that page itself. */
export function isSessionEnd(response: Refusal): boolean {
  return STATUSES.has(response.status) || isPage(response);
}

/** Whether a response shows that the server accepts the session. */
export function isAcceptance(response: ResponseHead): boolean {
  return response.status >= 200 && response.status < 300 && !isPage(response);
}

function isPage({ status, headers }: ResponseHead): boolean {
  const [type = ''] = [headers['content-type'] ?? ''].flat();
  return status >= 200 && status < 300 && /^(text\/html|application\/xhtml\+xml)\s*(;|$)/i.test(type);
}
