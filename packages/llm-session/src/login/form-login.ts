import { ConfigurationError, CredentialError } from '@crew/core';
import { checkUrl, resolveUrl, printableUrl, originAndPath } from '../url.ts';
import {
  type FormField,
  type HtmlForm,
  type HtmlPage,
  isHtml,
  findLoginForm,
  defaultValues,
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

/** What `formLogin` may be given. */
export interface FormLoginOptions {
  /** The page with the login form: a URL, or a path on the endpoint's origin. */
  readonly page: string | URL;
  /** The name of the user name's field. Default: the last text or e-mail field before the password's. */
  readonly usernameField?: string | undefined;
  /** The name of the password's field. Default: the form's first field of type `password`. */
  readonly passwordField?: string | undefined;
  /**
   * The name of the second factor's field, in the login form or on the page that follows. Default: the field with
   * `autocomplete="one-time-code"`, or the one called `otp`.
   */
  readonly otpField?: string | undefined;
  /** Further fields to send, in place of what the form presets. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** Says what became of the login where the default does not see it. `undefined` leaves it to the default. */
  readonly outcome?: ((answer: LoginResponse) => LoginOutcome | undefined) | undefined;
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
 * Logs in as a browser does: fetches the page, fills in its form, keeps its hidden fields (the CSRF token among them),
 * and sends it. The second factor is asked for by the same form or by the page that follows.
 *
 * The login is refused when the answer is a 4xx status, or shows a form with a password again; a redirect to another
 * page of the same origin is followed (by GET) to see what it shows. Redirects to other origins are not followed.
 *
 * @throws {ConfigurationError} for wrong options; the login itself as `Login` says.
 */
export function formLogin(given: FormLoginOptions): Login {
  const options = checkLoginOptions(given, Object.keys(OPTIONS), 'formLogin');
  const page = checkUrl(options.page, 'formLogin: `page`, with the login form,');
  const fields = { ...options.fields };
  if (Object.values(fields).some(value => typeof value !== 'string')) {
    throw new ConfigurationError('formLogin: `fields` must be strings.');
  }
  const own = { ...options, page, fields };
  return requireOptions(context => new FormLogin(own, context).run(), ['username', 'password']);
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
      throw new ConfigurationError('formLogin needs the `username` and the `password` of the session.');
    }
    const page = await this.#get(resolveUrl(this.#options.page, this.#context.origin, 'formLogin: `page`'));
    const shown = parseHtml(page);
    const form = shown && findLoginForm(shown);
    if (form === undefined) throw this.#noForm(page);
    const codeField = this.#codeField(form);
    const answer = await this.#submit(form, page, shown?.base, {
      ...this.#credentials(form, username, password),
      ...(codeField === undefined || otp === undefined ? {} : { [codeField.name]: await otp() }),
    });
    const outcome = this.#outcome(answer);
    if (outcome === 'second-factor' && otp !== undefined) await this.#secondStep(answer, otp);
    else if (outcome !== 'logged-in') throw failedLoginError(outcome, answer, this.#context.clock);
  }

  async #secondStep(page: LoginResponse, otp: () => Promise<string>): Promise<void> {
    const shown = parseHtml(page);
    const form = shown?.forms.find(one => this.#codeField(one) !== undefined);
    const field = form && this.#codeField(form);
    if (form === undefined || field === undefined) throw failedLoginError('second-factor', page, this.#context.clock);
    const answer = await this.#submit(form, page, shown?.base, { [field.name]: await otp() });
    const outcome = this.#outcome(answer);
    if (outcome === 'logged-in') return;
    if (outcome === 'refused' || outcome === 'second-factor') {
      const where = printableUrl(new URL(answer.url));
      throw new CredentialError(`${where} refused the code of the second factor (status ${answer.status}).`, {
        terminal: true,
      });
    }
    throw failedLoginError(outcome, answer, this.#context.clock);
  }

  #credentials(form: HtmlForm, username: string, password: string): Record<string, string> {
    const { usernameField, passwordField } = this.#options;
    const index = form.fields.findIndex(({ type }) => type === 'password');
    const before = form.fields.slice(0, index).filter(({ type, name }) => isTextInput(type) && name !== '');
    const nameOfUser = usernameField ?? before.at(-1)?.name;
    const nameOfPassword = passwordField ?? form.fields[index]?.name;
    if (!nameOfUser || !nameOfPassword) {
      throw new ConfigurationError(
        'formLogin did not find the names of the fields. Give it `usernameField` and `passwordField`.',
      );
    }
    return { [nameOfUser]: username, [nameOfPassword]: password };
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
        `The login form of ${printableUrl(new URL(page.url))} would send the password in a URL (method GET). Log in ` +
          'with jsonLogin or with a function of your own.',
      );
    }
    if (new URL(page.url).protocol === 'https:' && target.protocol !== 'https:') {
      throw new ConfigurationError('The login form would send the password over plain http.');
    }
    const answer = await fetchResponse(this.#context.fetch, target, {
      method: 'POST',
      headers: { accept: ACCEPT, origin: new URL(page.url).origin, referer: originAndPath(new URL(page.url)) },
      body: formBody(form, new Map(Object.entries({ ...this.#options.fields, ...filledIn }))),
    });
    return this.#follow(answer);
  }

  async #get(url: URL): Promise<LoginResponse> {
    return this.#follow(await fetchResponse(this.#context.fetch, url, { headers: { accept: ACCEPT } }));
  }

  /** Returns the page that a browser would show in the end, as long as it is of the same origin. */
  #follow(answer: LoginResponse): Promise<LoginResponse> {
    return followRedirects(answer, url => fetchResponse(this.#context.fetch, url, { headers: { accept: ACCEPT } }));
  }

  #outcome(answer: LoginResponse): LoginOutcome {
    const told = this.#options.outcome?.(answer) ?? outcomeFromStatus(answer.status);
    if (told !== undefined) return told;
    const shown = parseHtml(answer);
    if (shown === undefined) return 'logged-in';
    if (findLoginForm(shown) !== undefined) return 'refused';
    return shown.forms.some(form => this.#codeField(form)) ? 'second-factor' : 'logged-in';
  }

  #codeField(form: HtmlForm): FormField | undefined {
    const { otpField } = this.#options;
    const named = form.fields.filter(({ name, type }) => name !== '' && type !== 'hidden');
    if (otpField !== undefined) return named.find(({ name }) => name === otpField);
    return (
      named.find(({ autocomplete }) => autocomplete === 'one-time-code') ?? named.find(({ name }) => name === 'otp')
    );
  }

  #noForm(page: LoginResponse): CredentialError {
    return new CredentialError(
      `${printableUrl(new URL(page.url))} shows no form with a password (status ${page.status}). Is it the login page? ` +
        'A page that is built by scripts needs jsonLogin or a function of your own.',
    );
  }
}

function parseHtml(answer: LoginResponse): HtmlPage | undefined {
  return isHtml(answer) ? parsePage(answer.text) : undefined;
}

/** The values of the form that are not set here, and those that are. */
function formBody(form: HtmlForm, set: ReadonlyMap<string, string>): URLSearchParams {
  const preset = defaultValues(form).filter(([name]) => !set.has(name));
  const body = new URLSearchParams();
  for (const [name, value] of [...preset, ...set]) body.append(name, value);
  return body;
}

function isTextInput(type: string): boolean {
  return type === 'text' || type === 'email' || type === 'tel';
}
