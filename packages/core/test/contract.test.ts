import * as core from '@crew/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type * as contract from './contract-shapes.ts';

/** True if each type is assignable to the other. */
type Same<Ours, Agreed> = [Ours, Agreed] extends [Agreed, Ours] ? true : false;

/** The data types of the contract: the package's types and the agreed shapes, in both directions. */
type Data = {
  JsonValue: Same<core.JsonValue, contract.JsonValue>;
  JsonObject: Same<core.JsonObject, contract.JsonObject>;
  ContentPart: Same<core.ContentPart, contract.ContentPart>;
  ToolCall: Same<core.ToolCall, contract.ToolCall>;
  Message: Same<core.Message, contract.Message>;
  Prompt: Same<core.Prompt, contract.Prompt>;
  FinishReason: Same<core.FinishReason, contract.FinishReason>;
  TokenUsage: Same<core.TokenUsage, contract.TokenUsage>;
  AssistantTurn: Same<core.AssistantTurn, contract.AssistantTurn>;
  Generation: Same<core.Generation, contract.Generation>;
  StreamPart: Same<core.StreamPart, contract.StreamPart>;
  TurnOptions: Same<core.TurnOptions, contract.TurnOptions>;
  ToolFunction: Same<core.ToolFunction, contract.ToolFunction>;
  CallOptions: Same<core.CallOptions, contract.CallOptions>;
  TurnRequest: Same<core.TurnRequest, contract.TurnRequest>;
  ToolContext: Same<core.ToolContext, contract.ToolContext>;
  ToolDefinition: Same<core.ToolDefinition, contract.ToolDefinition>;
  StepRunner: Same<core.StepRunner, contract.StepRunner>;
  Clock: Same<core.Clock, contract.Clock>;
  ToolSchema: Same<core.ToolSchema<string, number>, contract.ToolSchema<string, number>>;
  ToolSettings: Same<core.ToolSettings, contract.ToolSettings>;
  Tool: Same<core.Tool, contract.Tool>;
  TypedTool: Same<core.TypedTool<string, number>, contract.TypedTool<string, number>>;
};

/** True if both types have the same members, with the same optional ones. */
type Members<T> = { [K in keyof T]-?: Record<string, never> extends Pick<T, K> ? 'optional' : 'required' };

describe('public types', () => {
  it('the public types equal those of the contract', () => {
    expectTypeOf<Data[keyof Data]>().toEqualTypeOf<true>();
    expectTypeOf<core.CrewEvent>().toExtend<contract.AnyEvent>();
  });

  it('the public types have the members of the contract, with the same optional ones', () => {
    expectTypeOf<Members<core.TurnOptions>>().toEqualTypeOf<Members<contract.TurnOptions>>();
    expectTypeOf<Members<core.CallOptions>>().toEqualTypeOf<Members<contract.CallOptions>>();
    expectTypeOf<Members<core.TurnRequest>>().toEqualTypeOf<Members<contract.TurnRequest>>();
    expectTypeOf<Members<core.ToolContext>>().toEqualTypeOf<Members<contract.ToolContext>>();
    expectTypeOf<Members<core.ToolSettings>>().toEqualTypeOf<Members<contract.ToolSettings>>();
    expectTypeOf<Members<core.Generation>>().toEqualTypeOf<Members<contract.Generation>>();
    expectTypeOf<Members<core.AssistantTurn>>().toEqualTypeOf<Members<contract.AssistantTurn>>();
    expectTypeOf<Members<core.TokenUsage>>().toEqualTypeOf<Members<contract.TokenUsage>>();
    expectTypeOf<Members<core.StepRunner>>().toEqualTypeOf<Members<contract.StepRunner>>();
    expectTypeOf<Members<core.Clock>>().toEqualTypeOf<Members<contract.Clock>>();
  });

  it('an LLM as declared by the contract is accepted and returned', () => {
    expectTypeOf<core.BaseLLM>().toExtend<contract.BaseLLM>();
    expectTypeOf<contract.BaseLLMOptions>().toExtend<core.BaseLLMOptions>();
    expectTypeOf<[contract.BaseLLMOptions] | []>().toExtend<ConstructorParameters<typeof AsDeclared>>();
  });

  it('tool() has the overloads of the contract', () => {
    expectTypeOf<typeof core.tool>().toExtend<typeof contract.tool>();
  });
});

/** An LLM with only the methods that the contract requires. */
class AsDeclared extends core.BaseLLM {
  async call(_messages: contract.Prompt, _options?: contract.CallOptions): Promise<string | contract.AssistantTurn> {
    return 'hello';
  }
  supportsFunctionCalling(): boolean {
    return false;
  }
  supportsStopWords(): boolean {
    return false;
  }
  getContextWindowSize(): number {
    return 4096;
  }
}

describe('LLM of the contract', () => {
  it('an LLM with the methods of the contract inherits everything else from BaseLLM', async () => {
    await using llm: contract.BaseLLM = new AsDeclared({ model: 'm', temperature: 0.5, stop: ['END'] });
    expect([llm.model, llm.temperature, llm.stop]).toEqual(['m', 0.5, ['END']]);
    expect((await llm.generate('Hi')).text).toBe('hello');
    expect(llm.usage).toEqual({ inputTokens: 0, outputTokens: 0 });
    expect(llm.countTokens([{ role: 'user', content: 'Hi' }])).toBeGreaterThan(0);
  });

  it('BaseLLM has no method with a name that is not reserved', () => {
    const reserved =
      'call respond respondStream generate stream generateObject countTokens usage close ready on ' +
      'supportsResponseFormat constructor';
    const names = Object.getOwnPropertyNames(core.BaseLLM.prototype);
    expect(names.filter(name => !reserved.split(' ').includes(name))).toEqual([]);
  });
});

describe('errors of the contract', () => {
  it.each([
    core.ConfigurationError,
    core.AuthenticationError,
    core.CredentialError,
    core.RateLimitError,
    core.ContextWindowExceededError,
    core.TimeoutError,
    core.ConnectionError,
    core.ResponseError,
    core.ProtocolError,
    core.ToolLoopError,
    core.GuardrailError,
    core.AbortError,
  ])('%o exists, with a code and isInstance', kind => {
    const error = new kind('What happened.');
    expect([kind.isInstance(error), core.CrewError.isInstance(error)]).toEqual([true, true]);
    expect([error.name, error.message, typeof error.code]).toEqual([kind.name, 'What happened.', 'string']);
  });
});
