export * from '@crew/test-endpoint';
export type {
  AdapterCapabilities,
  AdapterDescription,
  AdapterEndpoint,
  AdapterSetting,
  AdapterUnderTest,
  CredentialIssuer,
} from './adapter.ts';
export type { Check, CheckFamily, CheckResult, RequiredCapability } from './check/check.ts';
export { checkAdapter, checks } from './check-adapter.ts';
export { FakeLLM, type FakeLLMOptions, type FakeTurn, fakeLLM } from './fake-llm.ts';
export { report } from './report.ts';
export { type ScenarioClientOptions, scenarioClient } from './scenario-client.ts';
export type { Trial, TrialOptions } from './trial/trial.ts';
export type { DecodedRequest, ScriptedTurn, WireFormat } from './wire-format.ts';
