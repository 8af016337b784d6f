/** Objects of custom resources: only their metadata has a structure here; the rest is kept as it came. */

import { decoderOf } from "./compile.ts";
import type { DecodeContext } from "./context.ts";
import { decodeGeneric } from "./generic.ts";
import { type JsonObject, setKey } from "./raw-json.ts";
import type { Decoder } from "./scalars.ts";

const metadataStep = { name: "metadata", owner: "CustomResource", goPath: "metadata" };

/** Decodes a custom object: apiVersion, kind and metadata first. */
export function decodeCustomObject(value: JsonObject, context: DecodeContext): JsonObject {
  const out: JsonObject = { apiVersion: "", kind: "", metadata: {} };
  const metadata: Decoder = decoderOf("meta/v1.ObjectMeta");
  const keys = Object.keys(value);
  context.members += keys.length;
  for (const key of keys) {
    context.checkDuplicate(value, key);
    if (key === "metadata") {
      context.enterField(metadataStep);
      out["metadata"] = metadata.decode(value[key], context) ?? {};
    } else {
      context.enterKey(key);
      setKey(out, key, decodeGeneric(value[key], context));
    }
    context.leave();
  }
  return out;
}
