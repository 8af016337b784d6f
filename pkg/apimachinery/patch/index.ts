/** The three patches that change a document; none of them changes what it was given, with which their results may share values. */
import type { TypeName } from "#api/index.ts";
import { jsonTypeOf } from "../codec/raw-json.ts";
import { badPatch } from "./errors.ts";
import { cloneJson, copyNamed, isJsonObject, type JsonObject } from "./json-value.ts";
import { mergeObjects } from "./strategic/objects.ts";

export { applyJsonPatch, jsonPatchOperationsMax, namedMembers } from "./json-patch.ts";
export { cloneJson, equalJson, printGo } from "./json-value.ts";
export { applyMergePatch } from "./merge-patch.ts";

/**
 * Strategic merge patch of an object of `type`: lists merge by the keys of the tables, `$patch`, `$retainKeys`,
 * `$setElementOrder/…` and `$deleteFromPrimitiveList/…` are obeyed. Throws StatusError as upstream.
 */
export function applyStrategicPatch(doc: unknown, patch: unknown, type: TypeName): JsonObject {
  if (!isJsonObject(patch)) {
    throw badPatch(`json: cannot unmarshal ${jsonTypeOf(patch)} into Go value of type map[string]interface {}`);
  }
  const original = isJsonObject(doc) ? copyNamed(doc, Object.keys(patch).map(plainName)) : {};
  return mergeObjects(original, cloneJson(patch) as JsonObject, { kind: "message", name: type });
}

/** What a key of a patch is about: `$setElementOrder/name`. */
const plainName = (key: string): string => (key.startsWith("$") ? key.slice(key.indexOf("/") + 1) : key);
