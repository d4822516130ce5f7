import { once } from 'node:events';
import { connect } from 'node:net';
import { HttpLLM } from '@crew/llm-http';
import { type AdapterDescription, checks } from '@crew/llm-testkit';
import { describe, expect, test } from 'vitest';
import { runCheck } from '../../src/check-adapter.ts';

/** An adapter that closes its LLM but not a further connection. */
const leaving: AdapterDescription = {
  name: 'leaves a connection open',
  capabilities: { credential: 'none' },
  async create({ endpoint }) {
    const socket = connect(Number(new URL(endpoint).port), '127.0.0.1');
    await once(socket, 'connect');
    return { llm: new HttpLLM({ endpoint }), close: () => void socket.destroy() };
  },
};

describe('adapter that leaves a connection open', () => {
  test('fails the check of close()', async () => {
    const check = checks.find(({ name }) => name === 'ends running calls and every connection when close() is called');
    if (check === undefined) throw new Error('The check was renamed. Use its new name here.');
    await expect(runCheck(check, leaving)).rejects.toThrow('The end of every connection did not happen');
  });
});
