// When a limit cancels a run, its requests really end: the endpoint sees their sockets close.
import { AbortError, Agent, Crew, Task, TimeoutError, tool } from '@crew/core';
import { HttpLLM } from '@crew/llm-http';
import {
  type Endpoint,
  fakeLLM,
  manualClock,
  neverAnswers,
  startEndpoint,
  text,
  toolCalls,
  trackResources,
} from '@crew/llm-testkit';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';

const resources = trackResources();
afterAll(() => resources.check());

const persona = { role: 'Clerk', goal: 'Answer', backstory: 'You answer.' };
const task = new Task({ description: 'Wait.', expectedOutput: 'Nothing.' });
let endpoint: Endpoint;
let llm: HttpLLM;
beforeEach(async () => {
  endpoint = await startEndpoint();
  llm = new HttpLLM({ endpoint: endpoint.url });
});
afterEach(async () => {
  await llm.close();
  await endpoint.close();
});

/** A tool whose request hangs at the endpoint until its signal aborts. */
const fetches = tool({
  name: 'fetches',
  description: 'Asks a slow service.',
  parameters: { type: 'object' },
  execute: async (_input, { signal }) => (await fetch(endpoint.url, { method: 'POST', body: '{}', signal })).text(),
});

describe('maxExecutionTime', () => {
  it('closes the pending request of a model when the time is up', async () => {
    endpoint.reply(neverAnswers());
    const clock = manualClock();
    const run = new Agent({ ...persona, llm, maxExecutionTime: 5, clock }).executeTask(task).catch(thrown => thrown);
    const request = await endpoint.nextRequest();
    await clock.advance(5_000);
    const error = await run;
    expect(TimeoutError.isInstance(error)).toBe(true);
    await endpoint.whenClosed(request);
  });

  it('closes the pending request of a tool when the time is up', async () => {
    endpoint.reply(toolCalls([{ name: 'fetches', arguments: {} }]), neverAnswers());
    const clock = manualClock();
    const agent = new Agent({ ...persona, llm, tools: [fetches], maxExecutionTime: 5, clock });
    const run = agent.executeTask(task).catch(thrown => thrown);
    await endpoint.nextRequest();
    const request = await endpoint.nextRequest();
    await clock.advance(5_000);
    expect(TimeoutError.isInstance(await run)).toBe(true);
    await endpoint.whenClosed(request);
  });
});

describe('abort signal', () => {
  it('closes the pending requests of all tasks of a crew', async () => {
    endpoint.reply(neverAnswers(), neverAnswers());
    const controller = new AbortController();
    const agent = new Agent({ ...persona, llm });
    const asked = [1, 2].map(
      number => new Task({ description: `Wait ${number}.`, expectedOutput: 'Nothing.', agent, asyncExecution: true }),
    );
    const run = new Crew({ tasks: asked }).kickoff({ signal: controller.signal }).catch(thrown => thrown);
    const requests = [await endpoint.nextRequest(), await endpoint.nextRequest()];
    controller.abort();
    expect(AbortError.isInstance(await run)).toBe(true);
    await Promise.all(requests.map(request => endpoint.whenClosed(request)));
  });
});

describe('tool timeout', () => {
  it('closes the request of the tool and continues the run', async () => {
    endpoint.reply(neverAnswers());
    const slow = { ...fetches, timeout: 20 };
    const scripted = fakeLLM([{ text: '', toolCalls: [{ id: '1', name: 'fetches', arguments: '{}' }] }, 'Done.']);
    const run = new Agent({ ...persona, llm: scripted, tools: [slow] }).executeTask(task);
    const request = await endpoint.nextRequest();
    expect(await run).toBe('Done.');
    await endpoint.whenClosed(request);
  });
});

describe('abandoned stream', () => {
  it('closes the pending request when the caller leaves it', async () => {
    endpoint.reply(text('one two three four', { deltas: ['one ', 'two ', 'three ', 'four'] }), neverAnswers());
    const agent = new Agent({ ...persona, llm });
    for await (const event of agent.stream(task)) if (event.type === 'turn-start') break;
    await endpoint.whenIdle();
  });
});
