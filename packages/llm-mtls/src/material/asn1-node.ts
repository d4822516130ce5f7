import * as asn1 from 'asn1js';

/** Limits of one structure. Certificates and key files have about 10 levels and hundreds of elements. */
const LIMITS = { maxDepth: 64, maxNodes: 20_000 };

/**
 * One element of an ASN.1 structure (ITU-T X.690, BER and therefore DER). Each accessor states the type that the caller expects
 * and throws an ordinary `Error` if the element has another type.
 */
export class Asn1Node {
  readonly #block: asn1.BaseBlock;

  constructor(block: asn1.BaseBlock) {
    this.#block = block;
  }

  /** Decodes BER or DER. */
  static read(bytes: Uint8Array): Asn1Node {
    const { result } = asn1.fromBER(new Uint8Array(bytes), LIMITS);
    if (result.error !== '') throw new Error(`not ASN.1: ${result.error}`);
    return new Asn1Node(result);
  }

  /** The encoded form of the whole element. */
  get encoded(): Uint8Array {
    return this.#block.valueBeforeDecodeView;
  }

  /** Number of a context-specific tag. `undefined` for a universal tag. */
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
    if (!(this.#block instanceof asn1.Constructed)) throw new Error('expected a structure, found a primitive value');
    return this.#block.valueBlock.value.map(block => new Asn1Node(block));
  }

  child(index: number): Asn1Node {
    const node = this.children[index];
    if (node === undefined) throw new Error('a structure is missing a member');
    return node;
  }

  get oid(): string {
    if (!(this.#block instanceof asn1.ObjectIdentifier)) throw new Error('expected an object identifier');
    return this.#block.getValue();
  }

  get integer(): number {
    if (!(this.#block instanceof asn1.Integer)) throw new Error('expected an integer');
    return Number(this.#block.toBigInt());
  }

  /** The content of an octet string, even if it is split (BER) or has an implicit tag. */
  get octets(): Uint8Array {
    const block = this.#block;
    if (block instanceof asn1.OctetString) return new Uint8Array(block.getValue());
    if (block instanceof asn1.Constructed) return Buffer.concat(this.children.map(piece => piece.octets));
    if (block instanceof asn1.Primitive) return block.valueBlock.valueHexView;
    throw new Error('expected an octet string');
  }

  /** The content of a bit string. */
  get bits(): Uint8Array {
    if (!(this.#block instanceof asn1.BitString)) throw new Error('expected a bit string');
    return this.#block.valueBlock.valueHexView;
  }
}
