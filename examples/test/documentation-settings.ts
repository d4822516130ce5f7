import { startEndpoint } from '@crew/test-endpoint';
import { standIn } from '@crew/test-endpoint';

/** What a program of the documentation runs in. */
export interface Setting extends AsyncDisposable {
  /** Names in the program that stand for the reader's own servers and files, and what they are in the test. */
  readonly replace: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** What the program prints. */
  readonly prints: RegExp;
}

/** Settings of programs that need more than an endpoint. */
const special: Readonly<Record<string, () => Promise<Setting>>> = {};

/** The setting of a program: an endpoint whose model is a stand-in, unless it needs something else. */
export function settingFor(name: string): Promise<Setting> {
  const make = Object.hasOwn(special, name) ? special[name] : undefined;
  return make ? make() : plainEndpoint();
}

async function plainEndpoint(): Promise<Setting> {
  const endpoint = await startEndpoint({ respond: standIn() });
  return {
    replace: { 'https://gateway.example': endpoint.origin },
    environment: { LLM_API_KEY: 'a-key', LLM_TOKEN: 'a-token' },
    prints: /\S/,
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}
