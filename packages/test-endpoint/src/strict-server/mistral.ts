import { json } from '../reply/builders.ts';
import {
  onlyKnownFields,
  padded,
  requestForm,
  roleOrder,
  toolCallIds,
  toolNames,
  toolResults,
  toolSchemas,
  type Vendor,
  wellFormedText,
} from './rules.ts';

const MISTRAL_ORDER = 'invalid_request_message_order';

/** Mistral's API: IDs of nine letters or digits, no `user` behind `tool`, status 422 for unknown fields. */
export const mistral: Vendor = {
  rules: [
    requestForm,
    wellFormedText,
    onlyKnownFields(
      {
        request: (
          'frequency_penalty guardrails max_tokens messages metadata model n parallel_tool_calls prediction presence_penalty ' +
          'prompt_cache_key prompt_mode random_seed reasoning_effort response_format safe_prompt stop stream stream_options ' +
          'temperature tool_choice tools top_p'
        ).split(' '),
        messages: {
          system: ['role', 'content'],
          user: ['role', 'content'],
          assistant: ['role', 'content', 'tool_calls', 'prefix'],
          tool: ['role', 'content', 'name', 'tool_call_id'],
        },
        call: ['id', 'type', 'function', 'index'],
        // Usage is always sent, and asking for it is refused.
        streamOptions: [],
      },
      () => 'Extra inputs are not permitted',
      { rolePath: true },
    ),
    toolNames(
      name =>
        `Function name was ${name} but must be a-z, A-Z, 0-9, or contain underscores and dashes, with a maximum length of 64.`,
      '3280',
    ),
    toolCallIds(
      id => /^[a-zA-Z0-9]{9}$/u.test(id),
      id => `Tool call id was ${id} but must be a-z, A-Z, 0-9, with a length of 9.`,
      '3280',
    ),
    roleOrder(
      {
        system: ['system', 'user', 'assistant'],
        user: ['system', 'user', 'assistant'],
        assistant: ['assistant', 'user', 'tool'],
        tool: ['assistant', 'tool'],
      },
      (role, before) => `Unexpected role '${role}' after role '${before}'`,
      '3230',
    ),
    ({ messages }) =>
      messages.at(-1)?.role === 'assistant' && messages.at(-1)?.fields['prefix'] !== true
        ? {
            rule: 'role-order',
            message: 'Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant',
            code: '3230',
          }
        : undefined,
    toolResults(
      {
        unanswered: () => 'Not the same number of function calls and responses',
        unexpected: () => 'Not the same number of function calls and responses',
      },
      '3230',
    ),
    toolSchemas((name, type) => `Function ${name}: parameters must be of type "object", not ${type}`),
  ],
  refuse: problem => {
    const { rule, message, path, input, code } = problem;
    const head = { object: 'error', param: null };
    if (rule === 'unknown-field' || rule === 'request-form' || rule === 'tool-schema') {
      const type = rule === 'unknown-field' ? 'extra_forbidden' : 'value_error';
      const detail = [{ type, loc: ['body', ...(path ?? [])], msg: message, input }];
      return json({ ...head, message: { detail }, type: 'invalid_request_error', code: null }, { status: 422 });
    }
    const type = code === '3230' ? MISTRAL_ORDER : code === '3280' ? 'invalid_function_call' : 'invalid_request_error';
    return json({ ...head, message, type, code: code ?? null }, { status: 400 });
  },
  callId: number => padded(number, 9),
};
