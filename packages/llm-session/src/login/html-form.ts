import { CredentialError } from '@crew/core';
import { type Attributes, scanElements } from './html-elements.ts';
import type { LoginResponse } from './login.ts';

/** A control of a form. */
export interface FormField {
  /** Type of the control in lower case. Default `text`; `select` and `textarea` for these elements. */
  readonly type: string;
  readonly name: string;
  readonly autocomplete: string;
  /** Values that a browser sends if the user did not touch the control. */
  readonly values: readonly string[];
}

/** A form of an HTML page. */
export interface HtmlForm {
  /** Value of the attribute, relative to the page's base. An empty string means the page itself. */
  readonly action: string;
  readonly method: string;
  readonly fields: readonly FormField[];
}

/** The parts of an HTML page that a login needs. */
export interface HtmlPage {
  /** The `href` of the `base` element, the base of relative URLs on the page. */
  readonly base: string | undefined;
  readonly forms: readonly HtmlForm[];
  /** Returns the value of the hidden field of that name, or else the content of the `meta` element of that name. */
  hiddenValue(name: string): string | undefined;
}

/** Maximum number of controls, options, forms and `meta` elements on one page, in total. */
const MAX_ELEMENTS = 10_000;

/** Types of controls that send nothing unless the user activates them. */
const UNSENT_TYPES: ReadonlySet<string> = new Set(['button', 'file', 'image', 'reset']);

/** Returns true if the response is an HTML page. */
export function isHtml(response: LoginResponse): boolean {
  const type = response.headers.get('content-type') ?? '';
  return /^(?:text\/html|application\/xhtml\+xml)\s*(?:;|$)/i.test(type);
}

/**
 * Parses the forms of a page. A control belongs to the form that its `form` attribute names, or to the form that is open at its
 * position (HTML, section 4.10.17.3); nested forms are ignored. The time is linear in the length of the page.
 *
 * @throws {CredentialError} if the page has more than 10,000 controls, options, forms and `meta` elements.
 */
export function parsePage(html: string): HtmlPage {
  const parser = new FormParser();
  scanElements(html, parser);
  return parser.page();
}

/** Returns the first form of the page that has a password field. */
export function findLoginForm({ forms }: HtmlPage): HtmlForm | undefined {
  return forms.find(form => form.fields.some(({ type }) => type === 'password'));
}

/** Returns the names and values that a browser sends for an untouched form, submitted with its first named button. */
export function defaultValues(form: HtmlForm): readonly (readonly [name: string, value: string])[] {
  const named = form.fields.filter(({ name }) => name !== '');
  const button = named.find(({ type }) => type === 'submit');
  return named
    .filter(field => field.type !== 'submit' || field === button)
    .flatMap(({ name, values }) => values.map(value => [name, value] as const));
}

interface FormDraft {
  readonly action: string;
  readonly method: string;
  readonly fields: FormField[];
}

interface Control extends FormField {
  readonly value: string;
  readonly values: string[];
  /** The form that was open at its position, or the id of another form. */
  readonly owner: FormDraft | string | undefined;
}

interface Option {
  readonly value: string | undefined;
  readonly isSelected: boolean;
  readonly isDisabled: boolean;
  text: string;
}

class FormParser {
  #base: string | undefined;
  readonly #forms: FormDraft[] = [];
  readonly #controls: Control[] = [];
  readonly #metas = new Map<string, string>();
  /** Forms by id. `undefined` if the first element with that id is not a form. */
  readonly #formsById = new Map<string, FormDraft | undefined>();
  #open: FormDraft | undefined;
  #textarea: { readonly control: Control | undefined; text: string } | undefined;
  #select: { readonly control: Control; readonly isMultiple: boolean; readonly options: Option[] } | undefined;
  #option: Option | undefined;
  #elements = 0;

  onStart(name: string, attributes: Attributes): void {
    const id = attributes.get('id');
    switch (name) {
      case 'base':
        this.#base ??= attributes.get('href');
        break;
      case 'meta':
        this.#meta(attributes);
        break;
      case 'form':
        this.#form(attributes, id);
        break;
      case 'input':
      case 'textarea':
      case 'select':
        this.#endSelect();
        this.#control(name, attributes);
        break;
      case 'button':
        this.#control(name, attributes);
        break;
      case 'option':
        this.#startOption(attributes);
        break;
    }
    if (id !== undefined && !this.#formsById.has(id)) this.#formsById.set(id, undefined);
  }

  onEnd(name: string): void {
    if (name === 'form') this.#open = undefined;
    else if (name === 'textarea') this.#endTextarea();
    else if (name === 'option') this.#option = undefined;
    else if (name === 'select') this.#endSelect();
  }

  onText(text: string): void {
    if (this.#textarea !== undefined) this.#textarea.text += text;
    else if (this.#option !== undefined) this.#option.text += text;
  }

  page(): HtmlPage {
    this.#endTextarea();
    this.#endSelect();
    for (const control of this.#controls) {
      const owner = typeof control.owner === 'string' ? this.#formsById.get(control.owner) : control.owner;
      owner?.fields.push(control);
    }
    const hidden = this.#controls.filter(({ type }) => type === 'hidden');
    return {
      base: this.#base,
      forms: this.#forms,
      hiddenValue: name => {
        const field = hidden.find(control => control.name === name);
        return field === undefined ? this.#metas.get(name) : field.value;
      },
    };
  }

  #form(attributes: Attributes, id: string | undefined): void {
    if (this.#open !== undefined) return;
    this.#count();
    const form = {
      action: attributes.get('action') ?? '',
      method: (attributes.get('method') ?? '').toLowerCase(),
      fields: [],
    };
    this.#forms.push(form);
    this.#open = form;
    if (id !== undefined && !this.#formsById.has(id)) this.#formsById.set(id, form);
  }

  #meta(attributes: Attributes): void {
    const name = attributes.get('name');
    if (name === undefined) return;
    this.#count();
    if (!this.#metas.has(name)) this.#metas.set(name, attributes.get('content') ?? '');
  }

  #control(element: 'input' | 'textarea' | 'select' | 'button', attributes: Attributes): void {
    this.#count();
    const type = controlType(element, attributes);
    const isSent = !attributes.has('disabled') && !UNSENT_TYPES.has(type);
    const value = attributes.get('value') ?? '';
    const control: Control = {
      type,
      name: attributes.get('name') ?? '',
      value,
      autocomplete: (attributes.get('autocomplete') ?? '').toLowerCase(),
      values: isSent && (element === 'input' || element === 'button') ? inputValues(type, value, attributes) : [],
      owner: attributes.get('form') ?? this.#open,
    };
    this.#controls.push(control);
    if (element === 'textarea') this.#textarea = { control: isSent ? control : undefined, text: '' };
    if (element === 'select' && isSent) {
      this.#select = { control, isMultiple: attributes.has('multiple'), options: [] };
    }
  }

  #startOption(attributes: Attributes): void {
    if (this.#select === undefined) return;
    this.#count();
    this.#option = {
      value: attributes.get('value'),
      isSelected: attributes.has('selected'),
      isDisabled: attributes.has('disabled'),
      text: '',
    };
    this.#select.options.push(this.#option);
  }

  #endSelect(): void {
    const { control, isMultiple, options = [] } = this.#select ?? {};
    this.#select = undefined;
    this.#option = undefined;
    const selected = options.filter(({ isSelected }) => isSelected);
    const first = options.find(({ isDisabled }) => !isDisabled);
    // In a list with a single choice, the last selected option counts.
    const chosen = isMultiple ? selected : [selected.at(-1) ?? first].filter(option => option !== undefined);
    const sent = chosen.filter(({ isDisabled }) => !isDisabled);
    control?.values.push(...sent.map(({ value, text }) => value ?? text.trim().replace(/[\t\n\f\r ]+/g, ' ')));
  }

  #endTextarea(): void {
    const { control, text = '' } = this.#textarea ?? {};
    this.#textarea = undefined;
    // The first line break after the tag is not part of the value; the others are sent as CR LF.
    control?.values.push(text.replace(/^\n/, '').replaceAll('\n', '\r\n'));
  }

  #count(): void {
    this.#elements += 1;
    if (this.#elements <= MAX_ELEMENTS) return;
    throw new CredentialError(
      `The page has more than ${MAX_ELEMENTS} form controls, options, forms and meta elements. Check that \`page\` is ` +
        'the login page.',
      { terminal: true },
    );
  }
}

function controlType(element: string, attributes: Attributes): string {
  if (element === 'select' || element === 'textarea') return element;
  return (attributes.get('type') ?? '').toLowerCase() || (element === 'button' ? 'submit' : 'text');
}

function inputValues(type: string, value: string, attributes: Attributes): string[] {
  if (type !== 'checkbox' && type !== 'radio') return [value];
  if (!attributes.has('checked')) return [];
  return [value === '' && !attributes.has('value') ? 'on' : value];
}
