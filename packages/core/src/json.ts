/** Any value that JSON can carry. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A JSON object (RFC 8259, section 4). */
export type JsonObject = { readonly [key: string]: JsonValue };
