import type { RecordedRequest } from '../recorded-request.ts';
import { jsonField } from '../reply/completion.ts';
import type { Reply } from '../reply/reply.ts';
import { text } from '../reply/text.ts';
import { toolCalls } from '../reply/tool-calls.ts';
import { askableTool } from './askable-tool.ts';
import { conversationOf } from './conversation.ts';
import { bestSentences, keyWords } from './extract.ts';

/**
 * A stand-in for a model, for examples and tests that need no script: deterministic, and honest about what it does. It asks the first
 * offered tool that has a text parameter for the key words of the question, once; then it answers with the sentences of the tool's
 * results that match the question best. Without tools it takes them from the context in the prompt. The question is the first
 * paragraph of the last user message before any tool call.
 *
 * @example
 * const endpoint = await startEndpoint({ respond: standIn() });
 */
export function standIn(): (request: RecordedRequest) => Reply {
  return request => {
    const { question, context, results } = conversationOf(jsonField(request, 'messages'));
    const words = keyWords(question);
    if (results !== undefined) {
      return text(
        bestSentences(results, words) || `The tool's results say nothing about ${words.join(' ') || 'that'}.`,
      );
    }
    const tool = askableTool(jsonField(request, 'tools'), words.join(' ') || question);
    if (tool !== undefined && mayCall(request)) return toolCalls([tool]);
    return text(bestSentences(context, words) || 'There is nothing here to extract an answer from.');
  };
}

function mayCall(request: RecordedRequest): boolean {
  return jsonField(request, 'tool_choice') !== 'none';
}
