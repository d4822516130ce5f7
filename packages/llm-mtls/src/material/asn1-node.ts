import * as asn1 from 'asn1js';

/** Deepest nesting, and most elements, of one structure: certificates and key files have some 10 levels, and hundreds. */
const LIMITS = { maxDepth: 64, maxNodes: 20_000 };

/**
 * One element of an ASN.1 structure (ITU-T X.690, BER and so DER), read with the shape that the caller expects of it.
 * Every method throws an ordinary `Error` when the element is something else.
 */
export class Asn1Node {
  readonly #block: asn1.BaseBlock;

  constructor(block: asn1.BaseBlock) {
    this.#block = block;
  }

  static read(bytes: Uint8Array): Asn1Node {
    const { result } = asn1.fromBER(new Uint8Array(bytes), LIMITS);
    if (result.error !== '') throw new Error(`not ASN.1: ${result.error}`);
    return new Asn1Node(result);
  }

  /** The whole element as it was encoded. */
  get encoded(): Uint8Array {
    return this.#block.valueBeforeDecodeView;
  }

  /** The number of a context-specific tag; undefined for a universal one. */
  get contextTag(): number | undefined {
    const { tagClass, tagNumber } = this.#block.idBlock;
    return tagClass === 3 ? tagNumber : undefined;
  }

  get isBoolean(): boolean {
    return this.#block instanceof asn1.Boolean;
  }

  get isTrue(): boolean {
    return this.#block instanceof asn1.Boolean && this.#block.getValue();
  }

  get children(): readonly Asn1Node[] {
    if (!(this.#block instanceof asn1.Constructed)) throw new Error('a primitive value where a structure belongs');
    return this.#block.valueBlock.value.map(block => new Asn1Node(block));
  }

  child(index: number): Asn1Node {
    const node = this.children[index];
    if (node === undefined) throw new Error('a structure lacks a member');
    return node;
  }

  get oid(): string {
    if (!(this.#block instanceof asn1.ObjectIdentifier)) throw new Error('no object identifier where one belongs');
    return this.#block.getValue();
  }

  get integer(): number {
    if (!(this.#block instanceof asn1.Integer)) throw new Error('no integer where one belongs');
    return Number(this.#block.toBigInt());
  }

  /** The content of an octet string, also of one in pieces (BER) or under an implicit tag. */
  get octets(): Uint8Array {
    const block = this.#block;
    if (block instanceof asn1.OctetString) return new Uint8Array(block.getValue());
    if (block instanceof asn1.Constructed) return Buffer.concat(this.children.map(piece => piece.octets));
    if (block instanceof asn1.Primitive) return block.valueBlock.valueHexView;
    throw new Error('no octet string where one belongs');
  }

  /** The content of a bit string. */
  get bits(): Uint8Array {
    if (!(this.#block instanceof asn1.BitString)) throw new Error('no bit string where one belongs');
    return this.#block.valueBlock.valueHexView;
  }
}
