import { ConfigurationError } from '@crew/core';
import { checkUrl, resolveUrl } from '../url.ts';
import {
  checkLoginOptions,
  type Login,
  type LoginContext,
  type LoginOutcome,
  type LoginResponse,
  requireOptions,
} from './login.ts';
import { failedLoginError, outcomeFromStatus } from './login-failure.ts';
import { fetchResponse } from './login-fetch.ts';

/** Options of `jsonLogin`. */
export interface JsonLoginOptions {
  /** Address that the credentials are posted to: a URL, or a path on the endpoint's origin. */
  readonly url: string | URL;
  /** Name of the JSON member that holds the user name. Default `username`. */
  readonly usernameField?: string | undefined;
  /** Name of the JSON member that holds the password. Default `password`. */
  readonly passwordField?: string | undefined;
  /** Name of the JSON member that holds the second factor's code. Default `otp`. */
  readonly otpField?: string | undefined;
  /** Address that the second factor's code is posted to, after the password was accepted. Default: sent with the password. */
  readonly otpUrl?: string | URL | undefined;
  /** Further members of the JSON object. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Returns the outcome of the login if the default does not recognise it, otherwise `undefined`; `second-factor` sends the
   * code to `otpUrl`. By default a 4xx status, or JSON with `success: false`, `ok: false` or an `error`, is a refusal.
   */
  readonly outcome?: ((response: LoginResponse) => LoginOutcome | undefined) | undefined;
}

const OPTIONS: Readonly<Record<keyof JsonLoginOptions, true>> = {
  url: true,
  usernameField: true,
  passwordField: true,
  otpField: true,
  otpUrl: true,
  fields: true,
  outcome: true,
};

/**
 * Creates a login that posts user name and password as a JSON object. The login fails as described for `Login`.
 *
 * @example
 * ```ts no-run
 * import { fromEnv, jsonLogin, SessionLLM } from '@crew/llm-session';
 *
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   login: jsonLogin({ url: '/api/login', usernameField: 'email', fields: { remember: true } }),
 *   username: fromEnv('LLM_USER'),
 *   password: fromEnv('LLM_PASSWORD'),
 *   csrf: { from: { json: ['data', 'csrfToken'] } },
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @throws {ConfigurationError} for an invalid option, which the message names.
 */
export function jsonLogin(options: JsonLoginOptions): Login {
  const copy = checkLoginOptions(options, Object.keys(OPTIONS), 'jsonLogin');
  const url = checkUrl(copy.url, 'jsonLogin: `url`, where the user name and the password are posted,');
  const otpUrl = copy.otpUrl === undefined ? undefined : checkUrl(copy.otpUrl, 'jsonLogin: `otpUrl`');
  const checked = { ...copy, url, otpUrl, fields: copyFields(copy.fields) };
  return requireOptions(
    context => logIn(checked, context),
    otpUrl === undefined ? ['username', 'password'] : ['username', 'password', 'otp'],
  );
}

/** Returns a copy of the fields as they are sent, so that later changes have no effect. */
function copyFields(fields: object = {}): Record<string, unknown> {
  try {
    return JSON.parse(JSON.stringify(fields));
  } catch {
    throw new ConfigurationError('jsonLogin: `fields` must be serialisable as JSON.');
  }
}

async function logIn(options: JsonLoginOptions, context: LoginContext): Promise<void> {
  const { usernameField = 'username', passwordField = 'password', otpField = 'otp', otpUrl, fields } = options;
  const { username, password, otp } = context;
  if (username === undefined || password === undefined) {
    throw new ConfigurationError('jsonLogin requires the options `username` and `password` of the session.');
  }
  if (otpUrl !== undefined && otp === undefined) {
    throw new ConfigurationError('jsonLogin with `otpUrl` requires the option `otp` of the session.');
  }
  const code = otp === undefined || otpUrl !== undefined ? {} : { [otpField]: await otp() };
  const credentials = { ...fields, [usernameField]: username, [passwordField]: password, ...code };
  const response = await post(options.url, credentials, context, 'url');
  const outcome = outcomeFromResponse(response, options);
  const needsCode = outcome === 'second-factor' || outcome === 'logged-in';
  if (otpUrl !== undefined && otp !== undefined && needsCode) {
    const second = await post(otpUrl, { [otpField]: await otp() }, context, 'otpUrl');
    const result = outcomeFromResponse(second, options);
    if (result !== 'logged-in') throw failedLoginError(result, second, context.clock);
  } else if (outcome !== 'logged-in') throw failedLoginError(outcome, response, context.clock);
}

function post(url: string | URL, body: object, context: LoginContext, option: string): Promise<LoginResponse> {
  const target = resolveUrl(url, context.origin, `jsonLogin: \`${option}\``);
  return fetchResponse(context.fetch, target, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', origin: target.origin },
    body: JSON.stringify(body),
  });
}

function outcomeFromResponse(response: LoginResponse, options: JsonLoginOptions): LoginOutcome {
  const outcome = options.outcome?.(response) ?? outcomeFromStatus(response.status);
  if (outcome !== undefined) return outcome;
  const json = parseObject(response.text);
  const member = (name: string): unknown => (Object.hasOwn(json, name) ? Reflect.get(json, name) : undefined);
  const isRefused = member('success') === false || member('ok') === false || Boolean(member('error'));
  return isRefused ? 'refused' : 'logged-in';
}

/** Parses a JSON object. Returns an empty object for any other text. */
export function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
