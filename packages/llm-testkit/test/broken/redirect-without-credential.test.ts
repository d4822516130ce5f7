import { BaseLLM, type Prompt, ProtocolError } from '@crew/core';
import { type AdapterDescription, checks } from '@crew/llm-testkit';
import { describe, expect, test } from 'vitest';
import { runCheck } from '../../src/check-adapter.ts';

/** Follows a redirect with the conversation, and says afterwards what a good adapter says before. */
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

describe('an adapter that follows redirects without a credential', () => {
  test('fails the check of redirects, since the conversation goes elsewhere', async () => {
    const check = checks.find(({ name }) => name === 'redirects are not followed');
    if (check === undefined) throw new Error('The check was renamed: name it here as it is called now.');
    await expect(runCheck(check, following)).rejects.toThrow('the server that the redirect names must get no request');
  });
});
