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

/** What `jsonLogin` may be given. */
export interface JsonLoginOptions {
  /** Where the credentials are posted: a URL, or a path on the endpoint's origin. */
  readonly url: string | URL;
  /** Default `username`. */
  readonly usernameField?: string | undefined;
  /** Default `password`. */
  readonly passwordField?: string | undefined;
  /** Default `otp`. */
  readonly otpField?: string | undefined;
  /** Where the second factor's code is posted, after the password was accepted. Default: it goes with the password. */
  readonly otpUrl?: string | URL | undefined;
  /** Further members of the JSON object. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Says what became of the login where the default does not see it; `second-factor` sends the code to `otpUrl`.
   * `undefined` leaves it to the default: a 4xx status, or JSON with `success: false`, `ok: false` or an `error`, is a
   * refusal.
   */
  readonly outcome?: ((answer: LoginResponse) => LoginOutcome | undefined) | undefined;
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
 * Logs in by posting user name and password as a JSON object.
 *
 * @throws {ConfigurationError} for wrong options; the login itself as `Login` says.
 */
export function jsonLogin(given: JsonLoginOptions): Login {
  const options = checkLoginOptions(given, Object.keys(OPTIONS), 'jsonLogin');
  const url = checkUrl(options.url, 'jsonLogin: `url`, where the user name and the password are posted,');
  const otpUrl = options.otpUrl === undefined ? undefined : checkUrl(options.otpUrl, 'jsonLogin: `otpUrl`');
  const own = { ...options, url, otpUrl, fields: copyFields(options.fields) };
  return requireOptions(
    context => run(own, context),
    otpUrl === undefined ? ['username', 'password'] : ['username', 'password', 'otp'],
  );
}

/** As it will be sent, so that nobody can change it. */
function copyFields(fields: object = {}): Record<string, unknown> {
  try {
    return JSON.parse(JSON.stringify(fields));
  } catch {
    throw new ConfigurationError('jsonLogin: `fields` must be what JSON can say.');
  }
}

async function run(options: JsonLoginOptions, context: LoginContext): Promise<void> {
  const { usernameField = 'username', passwordField = 'password', otpField = 'otp', otpUrl, fields } = options;
  const { username, password, otp } = context;
  if (username === undefined || password === undefined) {
    throw new ConfigurationError('jsonLogin needs the `username` and the `password` of the session.');
  }
  if (otpUrl !== undefined && otp === undefined) {
    throw new ConfigurationError('jsonLogin has an `otpUrl`, so it needs the `otp` of the session.');
  }
  const code = otp === undefined || otpUrl !== undefined ? {} : { [otpField]: await otp() };
  const credentials = { ...fields, [usernameField]: username, [passwordField]: password, ...code };
  const answer = await post(options.url, credentials, context, 'url');
  const outcome = outcomeFromResponse(answer, options);
  const needsCode = outcome === 'second-factor' || outcome === 'logged-in';
  if (otpUrl !== undefined && otp !== undefined && needsCode) {
    const second = await post(otpUrl, { [otpField]: await otp() }, context, 'otpUrl');
    const result = outcomeFromResponse(second, options);
    if (result !== 'logged-in') throw failedLoginError(result, second, context.clock);
  } else if (outcome !== 'logged-in') throw failedLoginError(outcome, answer, context.clock);
}

function post(url: string | URL, body: object, context: LoginContext, option: string): Promise<LoginResponse> {
  const target = resolveUrl(url, context.origin, `jsonLogin: \`${option}\``);
  return fetchResponse(context.fetch, target, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', origin: target.origin },
    body: JSON.stringify(body),
  });
}

function outcomeFromResponse(answer: LoginResponse, options: JsonLoginOptions): LoginOutcome {
  const told = options.outcome?.(answer) ?? outcomeFromStatus(answer.status);
  if (told !== undefined) return told;
  const json = parseObject(answer.text);
  const says = (name: string): unknown => (Object.hasOwn(json, name) ? Reflect.get(json, name) : undefined);
  const isRefused = says('success') === false || says('ok') === false || Boolean(says('error'));
  return isRefused ? 'refused' : 'logged-in';
}

/** The text as an object; an empty one when it is anything else. */
export function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
