import { ConfigurationError, type Crew, CrewError, RateLimitError, Task, ToolInputError, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ScriptedLLM } from '../scripted-llm.ts';
import { crewWith, echo } from './crew-with.ts';

describe('error of a crew', () => {
  it('names the task and the agent, and keeps its class and fields [C6]', async () => {
    const thrown = new RateLimitError('The endpoint returned 429.', { status: 429, retryAfter: 20 });
    const crew = crewWith(new ScriptedLLM([thrown]), task => [task('Count', { name: 'count' })]);
    const error = await crew.kickoff().catch((failure: unknown) => failure);
    expect(RateLimitError.isInstance(error) && error).toMatchObject({
      message: 'Task "count" (agent "Librarian") failed: The endpoint returned 429.',
      retryAfter: 20,
    });
    expect(CrewError.isInstance(error) && error.messages?.length).toBeGreaterThan(0);
    expect(thrown.message).toBe('The endpoint returned 429.');
  });
});

describe('inputs of a crew', () => {
  it.each([
    ['a function', () => 'x'],
    ['a symbol', Symbol('x')],
    ['a promise', Promise.resolve('x')],
    ['bytes', new Uint8Array(2)],
  ])('are refused if one is %s [C6]', async (_what, topic) => {
    const crew: Crew = crewWith(echo(), task => [task('About {topic}')]);
    const run = crew.kickoff({ inputs: { topic } as never });
    await expect(run).rejects.toBeInstanceOf(ConfigurationError);
    await expect(run).rejects.toThrow('inputs');
  });
});

describe('outputFile of a task', () => {
  it.each(['~/x', '~\\x', '~user/x', ' ~/x'])('is refused if it begins with a home folder (%j) [C6]', outputFile => {
    const files = { write: async () => undefined };
    const make = () => new Task({ description: 'Go.', expectedOutput: 'It', outputFile, files } as never);
    expect(make).toThrow('begins with "~", which is not expanded');
  });
});

describe('feedback on an argument that is not allowed', () => {
  const context = { signal: new AbortController().signal, runId: '', toolCallId: '', authContext: undefined };
  it.each([
    ['JSON Schema', { type: 'object', properties: {}, additionalProperties: false }],
    ['zod', z.strictObject({})],
  ])('is readable (%s) [C6]', async (_what, parameters) => {
    const take = tool({ name: 'take', description: 'Takes.', parameters: parameters as never, execute: () => '' });
    const error = await take.run('{"extra":1}', context).catch((failure: unknown) => failure);
    expect(ToolInputError.isInstance(error) && error.message).toMatch(/parameters: .*extra.*[^.]\.$/);
    expect(String(error)).not.toContain('boolean schema');
  });
});
