// The program of `npm start`: an agent with a search tool answers a question from a folder of notes, through an endpoint
// that verifies a JWT. `npm start -- --help` lists its options.
import { inspect } from 'node:util';
import {
  Agent,
  ConfigurationError,
  CrewError,
  type CrewEvent,
  excerpt,
  printable,
  Task,
  type TokenUsage,
  type Tool,
} from '@crew/core';
import { type Connection, connect } from './connect.ts';
import { searchNotes } from './notes.ts';
import { type Options, readOptions, USAGE, UsageError } from './options.ts';
import { Progress } from './progress.ts';

async function main(options: Options): Promise<void> {
  const notes = await searchNotes(options.notes);
  const connection = await connect(process.env);
  // In Node 24 and later, `await using connection` does the same.
  try {
    await answer(options, notes, connection);
  } finally {
    await connection[Symbol.asyncDispose]();
  }
}

async function answer(options: Options, notes: Tool, connection: Connection): Promise<void> {
  const agent = new Agent({
    role: 'Research Assistant',
    goal: 'Answer questions from the notes, and only from them',
    backstory: 'You have kept these notes for years and know how to search them.',
    llm: connection.llm,
    tools: [notes],
  });
  const task = new Task({
    description: options.question,
    expectedOutput: 'A short answer in complete sentences, based on the notes',
    agent,
  });

  const startedAt = performance.now();
  const events: CrewEvent[] = [];
  const progress = new Progress();
  let output = '';
  for await (const event of agent.stream(task)) {
    events.push(event);
    if (event.type === 'turn-delta' && event.kind === 'text' && options.stream) {
      progress.clear();
      process.stdout.write(printable(event.text));
    } else progress.show(event);
    if (event.type === 'agent-finish') output = event.output;
  }
  progress.clear();
  process.stdout.write(options.stream ? '\n' : `${printable(output)}\n`);
  process.stdout.write(`\n${summarise(events, performance.now() - startedAt, connection)}\n`);
}

/** Returns a summary of the run: its turns, tool calls, tokens, duration and authentication. */
function summarise(events: readonly CrewEvent[], durationMs: number, connection: Connection): string {
  const turns = events.filter(event => event.type === 'turn-finish');
  const toolCalls = events.filter(event => event.type === 'tool-start');
  let usage: TokenUsage = { inputTokens: 0, outputTokens: 0 };
  for (const event of events) if (event.type === 'agent-finish') usage = event.usage;
  const lines = [
    `${count(turns.length, 'model turn')}, ${count(toolCalls.length, 'tool call')}, ` +
      `${usage.inputTokens} tokens in, ${usage.outputTokens} out, ${(durationMs / 1000).toFixed(2)} s`,
    `Authenticated with ${excerpt(connection.describeAuthentication(), 300)}`,
  ];
  if (connection.isSimulated)
    lines.push('The model is simulated: it searches and quotes the notes. Set CREW_ENDPOINT to use a real model.');
  return lines.join('\n');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(`${USAGE}\n`);
  else await main(options);
} catch (thrown) {
  const isExpected = thrown instanceof UsageError || CrewError.isInstance(thrown);
  process.stderr.write(`${isExpected ? excerpt(thrown.message, 2000) : printable(inspect(thrown))}\n`);
  process.exitCode = thrown instanceof UsageError || ConfigurationError.isInstance(thrown) ? 2 : 1;
}
