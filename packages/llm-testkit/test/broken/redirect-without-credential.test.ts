import { BaseLLM, type Prompt, ProtocolError } from '@crew/core';
import { type AdapterDescription, checks } from '@crew/llm-testkit';
import { describe, expect, test } from 'vitest';
import { runCheck } from '../../src/check-adapter.ts';

/** An LLM that follows a redirect with the conversation and then throws the error of a correct adapter. */
class FollowingLLM extends BaseLLM {
  readonly #endpoint: string;

  constructor(endpoint: string) {
    super({ model: 'following' });
    this.#endpoint = endpoint;
  }

  async call(prompt: Prompt): Promise<string> {
    const headers = { connection: 'close' };
    await fetch(this.#endpoint, { method: 'POST', headers, body: JSON.stringify(prompt), redirect: 'follow' });
    throw new ProtocolError('The server redirects, which is not followed.');
  }

  supportsFunctionCalling(): boolean {
    return true;
  }

  supportsStopWords(): boolean {
    return true;
  }

  getContextWindowSize(): number {
    return 8192;
  }
}

const following: AdapterDescription = {
  name: 'follows redirects without a credential',
  capabilities: { credential: 'none' },
  create: ({ endpoint }) => ({ llm: new FollowingLLM(endpoint) }),
};

describe('adapter that follows redirects without a credential', () => {
  test('fails the check of redirects because the conversation reaches another server', async () => {
    const check = checks.find(({ name }) => name === 'does not follow redirects');
    if (check === undefined) throw new Error('The check was renamed. Use its new name here.');
    await expect(runCheck(check, following)).rejects.toThrow('the target of the redirect must not receive a request');
  });
});
