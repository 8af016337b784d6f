/** JSON Merge Patch (RFC 7386): nulls delete, objects merge, everything else replaces. */
import { jsonTypeOf } from "../codec/raw-json.ts";
import { badPatch } from "./errors.ts";
import { cloneJson, isJsonObject, type JsonObject, setKey } from "./json-value.ts";

/**
 * What a patch makes of `doc`, which stays as it is: the result shares with it what the patch does not name. Throws
 * StatusError 400 where the patch is no object.
 */
export function applyMergePatch(doc: unknown, patch: unknown): unknown {
  if (patch === null) throw badPatch("Invalid JSON Patch");
  if (!isJsonObject(patch)) {
    throw badPatch(
      `error decoding patch: json: cannot unmarshal ${jsonTypeOf(patch)} into Go value of type map[string]interface {}`,
    );
  }
  return merge(doc, patch);
}

function merge(target: unknown, patch: JsonObject): JsonObject {
  const out: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null) delete out[key];
    else if (isJsonObject(value)) setKey(out, key, merge(Object.hasOwn(out, key) ? out[key] : undefined, value));
    else setKey(out, key, cloneJson(value));
  }
  return out;
}
