/**
 * Objects to and from bytes. Behaves as Go's decoder and encoder do, so that clients see the same objects, the same
 * warnings and the same errors.
 */
import type { TypeName } from "#api/index.ts";
import type { KubeObject } from "../object.ts";
import { badRequest } from "../status-error.ts";
import { DecodeError } from "./context.ts";
import { decodeValue } from "./decode.ts";

export { decoderOf, decoderOfRef } from "./compile.ts";
export { DecodeError } from "./context.ts";
export {
  type BodyMediaType,
  type DecodedObject,
  type DecodedValue,
  type DecodeOptions,
  decodeObject,
  decodeObjectValue,
  decodeValue,
  duplicateKeysOf,
  type FieldValidation,
  parseJsonText,
  parseJsonValue,
  parseYamlBody,
} from "./decode.ts";
export { isUnread, jsonTextOf } from "./deferred.ts";
export { cannotBeHandled, kindMismatch, kindOf, noKind, printGroupVersion, unrecognized } from "./envelope.ts";
export { isNullable } from "./go-names.ts";
export { endOfNested, endOfString, metadataBytes } from "./json-bytes.ts";
export { LeanObject } from "./lean-object.ts";
export { JsonText, parseWithoutOwnedFields } from "./owned-fields-text.ts";
export { JsonSyntaxError } from "./parser.ts";
export { isJsonObject, isRawNumber, jsonTypeOf, numericValue, type RawNumber, rawNumber, setKey } from "./raw-json.ts";
export { keepsRawValues } from "./raw-values.ts";

/**
 * A new object with what Go would write for this one: fields in the order of the table, nulls and empty values as their
 * fields want them, unknown fields gone. Throws StatusError BadRequest for values of a wrong type.
 */
export function normalize<T extends object>(value: T, type: TypeName): T {
  try {
    return decodeValue(value, type).object as T;
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message);
    throw error;
  }
}

/** The JSON bytes of an object; raw numbers keep their digits. */
export function encodeObject(object: KubeObject): Buffer {
  return Buffer.from(JSON.stringify(object));
}
