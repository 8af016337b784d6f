/** Subresources that are not just another view of the same object. */
import type { ResourceDef } from "#api/index.ts";
import type { ResourceVerb } from "../../http/request-info.ts";
import type { Endpoint } from "../dispatch.ts";
import { bind } from "./binding.ts";
import { evict } from "./eviction.ts";
import { logs } from "./log.ts";
import { getScale, patchScale, updateScale } from "./scale.ts";
import { createToken } from "./token.ts";

const scale: Partial<Record<ResourceVerb, Endpoint>> = { get: getScale, update: updateScale, patch: patchScale };

/** Undefined: the generic endpoints serve it. */
export function specialSubresource(def: ResourceDef, name: string, verb: ResourceVerb): Endpoint | undefined {
  if (name === "scale") return scale[verb];
  if (def.group !== "") return undefined;
  switch (`${def.plural}/${name}`) {
    case "pods/binding":
      return verb === "create" ? bind : undefined;
    case "pods/eviction":
      return verb === "create" ? evict : undefined;
    case "pods/log":
      return verb === "get" ? logs : undefined;
    case "serviceaccounts/token":
      return verb === "create" ? createToken : undefined;
    default:
      return undefined;
  }
}
