import { ConfigurationError, CredentialError } from '@crew/core';
import { json, startEndpoint, status, text } from '@crew/llm-testkit';
import { expect, it } from 'vitest';
import { GatewayTicketLLM, gatewayTicket } from '../src/index.ts';

it('a ticket is obtained once and sent with every request', async () => {
  await using tickets = await startEndpoint({ path: '*', respond: () => json({ ticket: 't-1', expiresIn: 60 }) });
  await using endpoint = await startEndpoint({ respond: () => text('Hello.') });
  await using llm = new GatewayTicketLLM({ endpoint: endpoint.url, ticketUrl: tickets.origin, secret: 'open sesame' });
  expect(await llm.call('Hi')).toBe('Hello.');
  await llm.call('Hi');
  expect(endpoint.requests.map(({ headers }) => headers['x-ticket'])).toEqual(['t-1', 't-1']);
  expect(tickets.requests.map(request => request.json)).toEqual([{ secret: 'open sesame' }]);
});

it('a refused secret is a CredentialError, and nothing is sent to the model', async () => {
  await using tickets = await startEndpoint({ path: '*', respond: () => status(403) });
  await using endpoint = await startEndpoint();
  await using llm = new GatewayTicketLLM({ endpoint: endpoint.url, ticketUrl: tickets.origin, secret: 'wrong secret' });
  await expect(llm.call('Hi')).rejects.toSatisfy(
    error => CredentialError.isInstance(error) && error.terminal === true && error.message.includes('status 403'),
  );
  expect(endpoint.requests).toHaveLength(0);
});

it('invalid options are refused at construction', () => {
  expect(() => gatewayTicket({ ticketUrl: 'nowhere', secret: 's' })).toThrow(ConfigurationError);
  expect(() => gatewayTicket({ ticketUrl: 'https://gateway.example', secret: '' })).toThrow(ConfigurationError);
});
