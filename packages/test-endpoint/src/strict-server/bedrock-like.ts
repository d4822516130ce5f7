import { json } from '../reply/builders.ts';
import {
  messageRule,
  objectArguments,
  padded,
  requestForm,
  toolCallIds,
  toolNames,
  toolResults,
  toolSchemas,
  type Vendor,
  wellFormedText,
} from './rules.ts';

/** A gateway before Bedrock's Converse API: no blank text, and tools in every request whose history has calls. */
export const bedrockLike: Vendor = {
  rules: [
    requestForm,
    wellFormedText,
    toolNames(
      (name, path) =>
        `Value '${name}' at '${path}' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+`,
    ),
    toolCallIds(
      id => /^[a-zA-Z0-9_.:-]{1,64}$/u.test(id),
      (id, path) =>
        `Value '${id}' at '${path}' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]+`,
    ),
    toolResults({
      unanswered: (ids, at) =>
        `Expected toolResult blocks at messages.${at + 1}.content for the following Ids: ${ids.join(', ')}`,
      unexpected: (_, at) =>
        `The number of toolResult blocks at messages.${at}.content exceeds the number of toolUse blocks of previous turn.`,
    }),
    toolSchemas(
      name =>
        `The value at toolConfig.tools.${name}.toolSpec.inputSchema.json.type must be one of the following: object.`,
    ),
    objectArguments(
      ({ name }) =>
        `The format of the value of toolUse.input of ${name} is invalid. Provide a json object for the field.`,
    ),
    // A gateway drops the empty text beside tool calls, but not one of spaces.
    messageRule('blank-text', ({ text, calls }, at) =>
      text?.trim() === '' && !(text === '' && calls.length > 0)
        ? `The text field in the ContentBlock object at messages.${at}.content.0 is blank. Add text to the text field, and try again.`
        : undefined,
    ),
    ({ messages, tools }) =>
      tools.length === 0 && messages.some(({ role, calls }) => role === 'tool' || calls.length > 0)
        ? {
            rule: 'tools-missing',
            message: 'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
          }
        : undefined,
    ({ messages }) =>
      messages.find(({ role }) => role !== 'system')?.role === 'user'
        ? undefined
        : {
            rule: 'role-order',
            message:
              'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
          },
    ({ messages }) =>
      messages.at(-1)?.role === 'assistant'
        ? {
            rule: 'role-order',
            message:
              'This model does not support assistant message prefill. The conversation must end with a user message.',
          }
        : undefined,
  ],
  refuse: ({ message }) =>
    json(
      {
        error: {
          message: `litellm.BadRequestError: BedrockException - ${JSON.stringify({ message })}`,
          type: null,
          param: null,
          code: '400',
        },
      },
      { status: 400 },
    ),
  callId: number => `tooluse_${padded(number, 22)}`,
};
