import { type DefaultTreeAdapterTypes, defaultTreeAdapter, parse } from 'parse5';
import type { LoginAnswer } from './login.ts';

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

/** One input of a form. */
export interface FormField {
  /** Lower case; `text` when the page gives none. */
  readonly type: string;
  readonly name: string;
  readonly value: string;
  readonly autocomplete: string;
  readonly isChecked: boolean;
}

/** A form of an HTML page. */
export interface HtmlForm {
  readonly action: string;
  readonly method: string;
  readonly fields: readonly FormField[];
}

/** Whether an answer is an HTML page. */
export function isHtml(answer: LoginAnswer): boolean {
  const type = answer.headers.get('content-type') ?? '';
  return /^(text\/html|application\/xhtml\+xml)\s*(;|$)/i.test(type);
}

/** The forms of a page. */
export function formsOf(html: string): readonly HtmlForm[] {
  return elementsOf(html, 'form').map(form => ({
    action: attribute(form, 'action'),
    method: attribute(form, 'method').toLowerCase(),
    fields: [...descendants(form)].flatMap(toField),
  }));
}

/** The form that asks for a password. */
export function loginFormOf(html: string): HtmlForm | undefined {
  return formsOf(html).find(form => form.fields.some(({ type }) => type === 'password'));
}

/** The value of the hidden field, or of the `meta` element, of that name. */
export function hiddenValueOf(html: string, name: string): string | undefined {
  const field = elementsOf(html, 'input').find(
    input => attribute(input, 'type').toLowerCase() === 'hidden' && attribute(input, 'name') === name,
  );
  if (field) return attribute(field, 'value');
  const meta = elementsOf(html, 'meta').find(one => attribute(one, 'name') === name);
  return meta && attribute(meta, 'content');
}

/** What a browser sends of a form that nobody filled in: hidden fields, ticked boxes, and the button. */
export function presetValues(form: HtmlForm): Record<string, string> {
  const button = form.fields.find(({ type, name }) => type === 'submit' && name !== '');
  const preset = form.fields.filter(
    ({ type, name, isChecked }) => name !== '' && (type === 'hidden' || (isTickable(type) && isChecked)),
  );
  const sent = button === undefined ? preset : [...preset, button];
  return Object.fromEntries(
    sent.map(({ name, value, type }) => [name, value === '' && isTickable(type) ? 'on' : value]),
  );
}

function isTickable(type: string): boolean {
  return type === 'checkbox' || type === 'radio';
}

function toField(element: Element): readonly FormField[] {
  if (element.tagName !== 'input' && element.tagName !== 'button') return [];
  const isButton = element.tagName === 'button';
  return [
    {
      type: attribute(element, 'type').toLowerCase() || (isButton ? 'submit' : 'text'),
      name: attribute(element, 'name'),
      value: attribute(element, 'value'),
      autocomplete: attribute(element, 'autocomplete').toLowerCase(),
      isChecked: element.attrs.some(({ name }) => name === 'checked'),
    },
  ];
}

function elementsOf(html: string, tagName: string): readonly Element[] {
  return [...descendants(parse(html))].filter(element => element.tagName === tagName);
}

/** In the order of the page. Iterative: a hostile page may nest deeper than the stack. */
function* descendants(root: Node): Generator<Element> {
  const waiting: Node[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node !== root && defaultTreeAdapter.isElementNode(node)) yield node;
    if ('childNodes' in node) for (const child of node.childNodes.toReversed()) waiting.push(child);
  }
}

function attribute(element: Element, name: string): string {
  return element.attrs.find(one => one.name === name)?.value ?? '';
}
