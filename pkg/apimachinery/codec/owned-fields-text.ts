/**
 * Objects read without their sets of owned fields. Those (`metadata.managedFields[].fieldsV1`) are half of what an object
 * takes and most of what costs time to parse, nobody who only shows an object looks into them, and in protobuf they are the
 * very text that JSON has.
 */
import type { KubeObject } from "../object.ts";
import { parseJsonValue } from "./decode.ts";
import { endOfNested } from "./json-bytes.ts";

/** JSON as it was written, in the place of what it says. */
export class JsonText {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

const backslash = 0x5c;
/** What stands before a set, and its first byte. */
export const ownedFieldsMember = '"fieldsV1":{';

/**
 * The object that the bytes say, where each `fieldsV1` of a managed field is a JsonText over these bytes. Whoever changes it
 * changes nothing else. Throws JsonSyntaxError.
 */
export function parseWithoutOwnedFields(bytes: Buffer): KubeObject {
  const texts: JsonText[] = [];
  let lean = "";
  let done = 0;
  for (let at = bytes.indexOf(ownedFieldsMember); at >= 0; at = bytes.indexOf(ownedFieldsMember, done)) {
    const start = at + ownedFieldsMember.length - 1;
    const end = endOfNested(bytes, start);
    // A name that only ends like this one, or an object that does not end: somebody else's case.
    if (bytes[at - 1] === backslash || end === undefined) return parseWhole(bytes);
    lean += `${bytes.toString("utf8", done, start)}${texts.length}`;
    texts.push(new JsonText(bytes.subarray(start, end)));
    done = end;
  }
  if (texts.length === 0) return parseWhole(bytes);
  const object = parseJsonValue(lean + bytes.toString("utf8", done)) as KubeObject;
  return putOwnedFields(object, texts) ? object : parseWhole(bytes);
}

const parseWhole = (bytes: Buffer): KubeObject => parseJsonValue(bytes.toString()) as KubeObject;

/**
 * Puts the sets of managed fields in the places that hold their numbers. False: not all that was taken out belongs to managed
 * fields.
 */
export function putOwnedFields({ metadata }: KubeObject, sets: readonly unknown[]): boolean {
  const entries: unknown = metadata?.managedFields;
  if (!Array.isArray(entries)) return sets.length === 0;
  let next = 0;
  for (const entry of entries as ({ fieldsV1?: unknown } | null)[]) {
    if (typeof entry?.fieldsV1 !== "number") continue;
    if (entry.fieldsV1 !== next) return false;
    entry.fieldsV1 = sets[next];
    next += 1;
  }
  return next === sets.length;
}
