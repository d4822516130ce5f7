import { Agent, AuthenticationError, type CrewError, RateLimitError, type StepRunner } from '@crew/core';
import { ScriptedLLM } from '../scripted-llm.ts';

/** An error class outside of Crew, whose name a minifier may change. */
class VaultError extends AuthenticationError {}

/** Returns the properties of errors in a bundled program, in which the names of the classes are shortened. */
export interface Sighting {
  readonly className: string;
  readonly requests: number;
  readonly error: unknown;
  readonly recognised: boolean;
  readonly name: string;
  readonly foreignName: string;
}

/** Runs an agent whose credential is refused, as a workflow would: results of steps are converted to JSON and back. */
export async function refusedInSteps(): Promise<Sighting> {
  const llm = new ScriptedLLM(() => {
    throw new AuthenticationError('The key was refused.', { status: 401, requestId: 'r-1' });
  });
  const steps: StepRunner = {
    run: async (_name, action) => JSON.parse(JSON.stringify(await action(new AbortController().signal))),
    sleep: async () => undefined,
    now: async () => 0,
    randomId: async () => 'id',
  };
  const agent = new Agent({ role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.', llm });
  const task = { description: 'Where is Emma?', expectedOutput: 'A shelf' };
  const error = await agent.executeTask(task, { steps }).catch((thrown: CrewError) => thrown);
  return {
    className: AuthenticationError.prototype.constructor.name,
    requests: llm.requests.length,
    error,
    recognised: AuthenticationError.isInstance(error),
    name: new RateLimitError('Slow down.').name,
    foreignName: new VaultError('Sealed.').name,
  };
}
