/** Subresources that are not just another view of the same object. */
import type { ResourceDef } from "#api/index.ts";
import type { ResourceVerb } from "../../http/request-info.ts";
import { attach, exec, portForward } from "../../streaming/pods.ts";
import { proxy } from "../../streaming/proxy.ts";
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
    case "pods/exec":
      return isConnect(verb) ? exec : undefined;
    case "pods/attach":
      return isConnect(verb) ? attach : undefined;
    case "pods/portforward":
      return isConnect(verb) ? portForward : undefined;
    case "nodes/proxy":
    case "pods/proxy":
    case "services/proxy":
      return proxy;
    case "serviceaccounts/token":
      return verb === "create" ? createToken : undefined;
    default:
      return undefined;
  }
}

/** WebSockets begin with GET, SPDY with POST. */
const isConnect = (verb: ResourceVerb): boolean => verb === "get" || verb === "create";
