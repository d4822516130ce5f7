import type { TurnOptions } from '../llm/turn-options.ts';
import type { Tool } from '../tools/tool.ts';

/** How a model without function calling is told of its tools, and of the form in which it uses them. */
export function toolInstructions(
  tools: readonly Tool[],
  toolChoice: TurnOptions['toolChoice'],
  responseFormat: TurnOptions['responseFormat'],
): string {
  const listing = tools.map(
    ({ name, description, parameters }) =>
      `Tool: ${name}\nDescription: ${description}\nArguments (JSON Schema): ${JSON.stringify(parameters)}`,
  );
  return [
    `You have these tools and no others:\n\n${listing.join('\n\n')}`,
    'To use a tool, reply in exactly this form and stop after the input:\n\n' +
      'Thought: what you think and what you do next\n' +
      `Action: the name of one tool, one of: ${tools.map(tool => tool.name).join(', ')}\n` +
      "Action Input: the tool's arguments as one JSON object on one line",
    'You are then told the result after "Observation:". Never write an observation yourself. Use one tool in a reply, ' +
      'and as many replies as you need.',
    'When you know the answer, reply in exactly this form:\n\n' +
      'Thought: I now know the final answer\n' +
      'Final Answer: the complete answer to the task',
    ...choiceSentence(toolChoice),
    ...formatSentence(responseFormat),
  ].join('\n\n');
}

function choiceSentence(choice: TurnOptions['toolChoice']): readonly string[] {
  if (typeof choice === 'object') return [`Use the tool ${choice.name} now.`];
  return choice === 'required' ? ['Use a tool now.'] : [];
}

/** A provider that enforced the format would leave no room for the labels: it is asked for in words. */
function formatSentence(format: TurnOptions['responseFormat']): readonly string[] {
  if (format === undefined) return [];
  return [
    `What follows "Final Answer:" must be one JSON value that fits this JSON Schema: ${JSON.stringify(format.schema)}`,
  ];
}
