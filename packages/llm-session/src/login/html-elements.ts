import { CredentialError } from '@crew/core';
import { foreignContent, html, type Token, Tokenizer, TokenizerMode } from 'parse5';

/** Handler that receives the HTML elements of a page in document order. */
export interface ElementHandler {
  /** Called for the start tag of every HTML element that belongs to the document. */
  onStart(name: string, attributes: Attributes): void;
  /** Called for every end tag, even if it closes nothing. */
  onEnd(name: string): void;
  /** Called for text, in chunks of any length. */
  onText(text: string): void;
}

/** Attributes of a start tag by their lower-case name. */
export type Attributes = ReadonlyMap<string, string>;

const { NS, TAG_ID } = html;
/** Maximum nesting depth of SVG and MathML. Other elements may nest without limit, because their depth costs nothing. */
const MAX_FOREIGN_DEPTH = 256;

/**
 * Scans the elements of a page without building its tree. The tokens are those of the HTML standard (section 13.2.5), from
 * parse5. The tree construction of a browser repairs misnested formatting elements by copying them, which takes cubic time and
 * memory for a hostile page, and does not affect the forms that controls belong to. The contents of `template` elements, and
 * elements of SVG and MathML, are skipped, because they are not controls of the document. The time is linear in the length of
 * the page.
 *
 * @throws {CredentialError} if SVG or MathML elements are nested more than 256 deep.
 */
export function scanElements(page: string, handler: ElementHandler): void {
  const scanner = new ElementScanner(handler);
  scanner.tokenizer.write(page, true);
}

class ElementScanner {
  readonly tokenizer: Tokenizer;
  readonly #handler: ElementHandler;
  /** Number of open `template` elements. */
  #templates = 0;
  /** Open namespaces, the innermost last. Empty in the HTML part of a page. */
  readonly #namespaces: html.NS[] = [];

  constructor(handler: ElementHandler) {
    this.#handler = handler;
    this.tokenizer = new Tokenizer({}, this);
  }

  onStartTag(token: Token.TagToken): void {
    const { tagID: id } = token;
    if (this.#isForeign && foreignContent.causesExit(token)) this.#leaveForeign();
    if (id === TAG_ID.SVG) this.#enter(NS.SVG, token);
    else if (id === TAG_ID.MATH) this.#enter(NS.MATHML, token);
    else if (this.#isForeign) this.#enterIntegrationPoint(token);
    else {
      this.tokenizer.state = contentMode(id) ?? this.tokenizer.state;
      if (id === TAG_ID.TEMPLATE) this.#templates += 1;
      else if (this.#templates === 0) this.#handler.onStart(token.tagName, attributeMap(token));
    }
  }

  onEndTag(token: Token.TagToken): void {
    const { tagID: id } = token;
    if (this.#isForeign) {
      const ends = this.#namespaces.at(-1) === NS.SVG ? TAG_ID.SVG : TAG_ID.MATH;
      if (id === ends) this.#leave();
      // The end tag of an element around an unclosed drawing.
      else if (id === TAG_ID.FORM || foreignContent.causesExit(token)) this.#leaveForeign();
      else return;
    } else if (this.#closesIntegrationPoint(token)) this.#leave();
    if (id === TAG_ID.TEMPLATE) this.#templates = Math.max(0, this.#templates - 1);
    else if (this.#templates === 0) this.#handler.onEnd(token.tagName);
  }

  onCharacter({ chars }: Token.CharacterToken): void {
    if (this.#templates === 0 && !this.#isForeign) this.#handler.onText(chars);
  }

  onWhitespaceCharacter(token: Token.CharacterToken): void {
    this.onCharacter(token);
  }

  onNullCharacter(): void {}
  onComment(): void {}
  onDoctype(): void {}
  onEof(): void {}

  get #isForeign(): boolean {
    const [namespace = NS.HTML] = this.#namespaces.slice(-1);
    return namespace !== NS.HTML;
  }

  #enter(namespace: html.NS, { selfClosing }: Token.TagToken): void {
    if (selfClosing) return;
    if (this.#namespaces.length === MAX_FOREIGN_DEPTH) {
      throw new CredentialError(
        `The page nests SVG or MathML elements more than ${MAX_FOREIGN_DEPTH} deep. Check that \`page\` is the login page.`,
        { terminal: true },
      );
    }
    this.#namespaces.push(namespace);
    this.tokenizer.inForeignNode = this.#isForeign;
  }

  #leave(): void {
    this.#namespaces.pop();
    this.tokenizer.inForeignNode = this.#isForeign;
  }

  #leaveForeign(): void {
    while (this.#isForeign) this.#namespaces.pop();
    this.tokenizer.inForeignNode = false;
  }

  #enterIntegrationPoint(token: Token.TagToken): void {
    const namespace = this.#namespaces.at(-1) ?? NS.HTML;
    if (namespace === NS.SVG) foreignContent.adjustTokenSVGTagName(token);
    if (foreignContent.isIntegrationPoint(token.tagID, namespace, token.attrs)) this.#enter(NS.HTML, token);
  }

  #closesIntegrationPoint(token: Token.TagToken): boolean {
    const around = this.#namespaces.at(-2);
    if (around === undefined) return false;
    const copy = { ...token };
    if (around === NS.SVG) foreignContent.adjustTokenSVGTagName(copy);
    // Only the start tag has the attribute that makes this element an integration point.
    if (around === NS.MATHML && copy.tagID === TAG_ID.ANNOTATION_XML) return true;
    return foreignContent.isIntegrationPoint(copy.tagID, around, copy.attrs);
  }
}

function attributeMap({ attrs }: Token.TagToken): Attributes {
  return new Map(attrs.map(({ name, value }) => [name, value]));
}

/**
 * Returns the tokenizer state for the content of an element whose content is text (HTML, section 13.2.6.4), otherwise
 * `undefined`. `noscript` is such an element, as in a browser with scripting enabled.
 */
function contentMode(id: html.TAG_ID): Tokenizer['state'] | undefined {
  switch (id) {
    case TAG_ID.TEXTAREA:
    case TAG_ID.TITLE:
      return TokenizerMode.RCDATA;
    case TAG_ID.SCRIPT:
      return TokenizerMode.SCRIPT_DATA;
    case TAG_ID.PLAINTEXT:
      return TokenizerMode.PLAINTEXT;
    case TAG_ID.STYLE:
    case TAG_ID.XMP:
    case TAG_ID.IFRAME:
    case TAG_ID.NOEMBED:
    case TAG_ID.NOFRAMES:
    case TAG_ID.NOSCRIPT:
      return TokenizerMode.RAWTEXT;
    default:
      return undefined;
  }
}
