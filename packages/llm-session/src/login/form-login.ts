import { ConfigurationError, CredentialError } from '@crew/core';
import { checkUrl, originAndPath, printableUrl, resolveUrl } from '../url.ts';
import {
  defaultValues,
  type FormField,
  findLoginForm,
  type HtmlForm,
  type HtmlPage,
  isHtml,
  parsePage,
} from './html-form.ts';
import {
  checkLoginOptions,
  type Login,
  type LoginContext,
  type LoginOutcome,
  type LoginResponse,
  requireOptions,
} from './login.ts';
import { failedLoginError, outcomeFromStatus } from './login-failure.ts';
import { fetchResponse, followRedirects } from './login-fetch.ts';

/** Options of `formLogin`. */
export interface FormLoginOptions {
  /** Page with the login form: a URL, or a path on the endpoint's origin. */
  readonly page: string | URL;
  /** Name of the user name field. Default: the last text or email field before the password field. */
  readonly usernameField?: string | undefined;
  /** Name of the password field. Default: the form's first field of type `password`. */
  readonly passwordField?: string | undefined;
  /**
   * Name of the second factor's field, in the login form or on the page that follows. Default: the field with
   * `autocomplete="one-time-code"`, or the field named `otp`.
   */
  readonly otpField?: string | undefined;
  /** Further fields to send. They replace the values of the form's fields of the same name. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** Returns the outcome of the login if the default does not recognise it, otherwise `undefined`. */
  readonly outcome?: ((response: LoginResponse) => LoginOutcome | undefined) | undefined;
}

const OPTIONS: Readonly<Record<keyof FormLoginOptions, true>> = {
  page: true,
  usernameField: true,
  passwordField: true,
  otpField: true,
  fields: true,
  outcome: true,
};

const ACCEPT = 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.1';

/**
 * Creates a login that works like a browser: it fetches the page, fills in the form, keeps its hidden fields (such as the CSRF
 * token), and submits it. The second factor can be part of the same form or of the page that follows.
 *
 * The login counts as refused if the response has a 4xx status or shows a form with a password field again. A redirect to
 * another page of the same origin is followed with GET, redirects to other origins are not. The login fails as described for
 * `Login`.
 *
 * @example
 * ```ts no-run
 * import { formLogin, fromEnv, SessionLLM, totp } from '@crew/llm-session';
 *
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   login: formLogin({ page: 'https://login.example/sign-in', fields: { remember: 'on' } }),
 *   origins: ['https://login.example'],
 *   username: fromEnv('LLM_USER'),
 *   password: fromEnv('LLM_PASSWORD'),
 *   otp: totp(fromEnv('LLM_TOTP_SECRET')),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @throws {ConfigurationError} for an invalid option, which the message names.
 */
export function formLogin(options: FormLoginOptions): Login {
  const copy = checkLoginOptions(options, Object.keys(OPTIONS), 'formLogin');
  const page = checkUrl(copy.page, 'formLogin: `page`, with the login form,');
  const fields = { ...copy.fields };
  if (Object.values(fields).some(value => typeof value !== 'string')) {
    throw new ConfigurationError('formLogin: the values of `fields` must be strings.');
  }
  const checked = { ...copy, page, fields };
  return requireOptions(context => new FormLogin(checked, context).run(), ['username', 'password']);
}

class FormLogin {
  readonly #options: FormLoginOptions;
  readonly #context: LoginContext;

  constructor(options: FormLoginOptions, context: LoginContext) {
    this.#options = options;
    this.#context = context;
  }

  async run(): Promise<void> {
    const { username, password, otp } = this.#context;
    if (username === undefined || password === undefined) {
      throw new ConfigurationError('formLogin requires the options `username` and `password` of the session.');
    }
    const page = await this.#get(resolveUrl(this.#options.page, this.#context.origin, 'formLogin: `page`'));
    const html = parseHtml(page);
    const form = html && findLoginForm(html);
    if (form === undefined) throw missingFormError(page);
    const codeField = this.#codeField(form);
    const response = await this.#submit(form, page, html?.base, {
      ...this.#credentials(form, username, password),
      ...(codeField === undefined || otp === undefined ? {} : { [codeField.name]: await otp() }),
    });
    const outcome = this.#outcome(response);
    if (outcome === 'second-factor' && otp !== undefined) await this.#sendCode(response, otp);
    else if (outcome !== 'logged-in') throw failedLoginError(outcome, response, this.#context.clock);
  }

  async #sendCode(page: LoginResponse, otp: () => Promise<string>): Promise<void> {
    const html = parseHtml(page);
    const form = html?.forms.find(candidate => this.#codeField(candidate) !== undefined);
    const field = form && this.#codeField(form);
    if (form === undefined || field === undefined) throw failedLoginError('second-factor', page, this.#context.clock);
    const response = await this.#submit(form, page, html?.base, { [field.name]: await otp() });
    const outcome = this.#outcome(response);
    if (outcome === 'logged-in') return;
    if (outcome === 'refused' || outcome === 'second-factor') {
      const url = printableUrl(new URL(response.url));
      throw new CredentialError(`${url} refused the code of the second factor (status ${response.status}).`, {
        terminal: true,
      });
    }
    throw failedLoginError(outcome, response, this.#context.clock);
  }

  #credentials(form: HtmlForm, username: string, password: string): Record<string, string> {
    const { usernameField, passwordField } = this.#options;
    const index = form.fields.findIndex(({ type }) => type === 'password');
    const before = form.fields.slice(0, index).filter(({ type, name }) => isTextInput(type) && name !== '');
    const userField = usernameField ?? before.at(-1)?.name;
    const secretField = passwordField ?? form.fields[index]?.name;
    if (!userField || !secretField) {
      throw new ConfigurationError(
        'formLogin did not find the names of the fields. Set `usernameField` and `passwordField`.',
      );
    }
    return { [userField]: username, [secretField]: password };
  }

  async #submit(
    form: HtmlForm,
    page: LoginResponse,
    base: string | undefined,
    filledIn: Record<string, string>,
  ): Promise<LoginResponse> {
    const { href: relativeTo } = URL.parse(base ?? '', page.url) ?? new URL(page.url);
    const target = resolveUrl(form.action === '' ? page.url : form.action, relativeTo, "The login form's action");
    if (form.method !== 'post') {
      throw new ConfigurationError(
        `The login form of ${printableUrl(new URL(page.url))} would send the password in a URL (method GET). Use ` +
          'jsonLogin or your own login function.',
      );
    }
    if (new URL(page.url).protocol === 'https:' && target.protocol !== 'https:') {
      throw new ConfigurationError(
        'The login form would send the password over plain http. Set `page` to a page whose form is sent over https.',
      );
    }
    const response = await fetchResponse(this.#context.fetch, target, {
      method: 'POST',
      headers: { accept: ACCEPT, origin: new URL(page.url).origin, referer: originAndPath(new URL(page.url)) },
      body: formBody(form, new Map(Object.entries({ ...this.#options.fields, ...filledIn }))),
    });
    return this.#follow(response);
  }

  async #get(url: URL): Promise<LoginResponse> {
    return this.#follow(await fetchResponse(this.#context.fetch, url, { headers: { accept: ACCEPT } }));
  }

  /** Returns the page that a browser shows in the end, as long as it is of the same origin. */
  #follow(response: LoginResponse): Promise<LoginResponse> {
    return followRedirects(response, url => fetchResponse(this.#context.fetch, url, { headers: { accept: ACCEPT } }));
  }

  #outcome(response: LoginResponse): LoginOutcome {
    const outcome = this.#options.outcome?.(response) ?? outcomeFromStatus(response.status);
    if (outcome !== undefined) return outcome;
    const html = parseHtml(response);
    if (html === undefined) return 'logged-in';
    if (findLoginForm(html) !== undefined) return 'refused';
    return html.forms.some(form => this.#codeField(form)) ? 'second-factor' : 'logged-in';
  }

  #codeField(form: HtmlForm): FormField | undefined {
    const { otpField } = this.#options;
    const named = form.fields.filter(({ name, type }) => name !== '' && type !== 'hidden');
    if (otpField !== undefined) return named.find(({ name }) => name === otpField);
    return (
      named.find(({ autocomplete }) => autocomplete === 'one-time-code') ?? named.find(({ name }) => name === 'otp')
    );
  }
}

function parseHtml(response: LoginResponse): HtmlPage | undefined {
  return isHtml(response) ? parsePage(response.text) : undefined;
}

/** Returns the body of a submitted form: its default values, replaced or extended by `set`. */
function formBody(form: HtmlForm, set: ReadonlyMap<string, string>): URLSearchParams {
  const preset = defaultValues(form).filter(([name]) => !set.has(name));
  const body = new URLSearchParams();
  for (const [name, value] of [...preset, ...set]) body.append(name, value);
  return body;
}

function isTextInput(type: string): boolean {
  return type === 'text' || type === 'email' || type === 'tel';
}

function missingFormError(page: LoginResponse): CredentialError {
  return new CredentialError(
    `${printableUrl(new URL(page.url))} shows no form with a password (status ${page.status}). Check that \`page\` is ` +
      'the login page. If scripts build the form, use jsonLogin or your own login function.',
  );
}
