export * from '@crew/test-endpoint';
export { FakeLLM, type FakeLLMOptions, type FakeTurn, fakeLLM } from './fake-llm.ts';
