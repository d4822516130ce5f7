import { Agent, ConfigurationError, Task } from '@crew/core';
import { simulatedModel, startEndpoint } from '@crew/llm-testkit';
import { expect, it } from 'vitest';
import { GatewayTicketLLM } from '../src/index.ts';

it('an agent works with it, and every request carries the ticket', async () => {
  await using endpoint = await startEndpoint({ respond: simulatedModel() });
  await using llm = new GatewayTicketLLM({ endpoint: endpoint.url, ticket: 'open-sesame', model: 'large' });
  const agent = new Agent({ role: 'Clerk', goal: 'Answer', backstory: 'You answer letters.', llm });
  const task = new Task({ description: 'Say good morning.', expectedOutput: 'One sentence.' });
  expect(await agent.executeTask(task)).not.toBe('');
  for (const { headers } of endpoint.requests) expect(headers['x-ticket']).toBe('open-sesame');
});

it('invalid options are refused at construction, without quoting the ticket', () => {
  const endpoint = 'https://gateway.example/v1/chat/completions';
  expect(() => new GatewayTicketLLM({ endpoint: 'nowhere', ticket: 'open-sesame' })).toThrow(ConfigurationError);
  expect(() => new GatewayTicketLLM({ endpoint, ticket: 'two\nlines' })).toThrow(/^ticket must consist of visible/);
});
