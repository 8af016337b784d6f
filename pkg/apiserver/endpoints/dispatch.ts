/** From a resource request to the function that answers it. */
import type { ResourceContext } from "../context.ts";
import { methodNotAllowed, notFoundResource } from "../http/errors.ts";
import type { ResourceVerb } from "../http/request-info.ts";
import { create } from "./create.ts";
import { remove, removeCollection } from "./delete.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";
import { patch } from "./patch.ts";
import { specialSubresource } from "./subresources/index.ts";
import { update } from "./update.ts";
import { virtualResource } from "./virtual/index.ts";
import { watch } from "./watch.ts";

export type Endpoint = (context: ResourceContext) => void | Promise<void>;

const verbs: Partial<Record<ResourceVerb, Endpoint>> = {
  get,
  list,
  watch,
  create,
  update,
  patch,
  delete: remove,
  deletecollection: removeCollection,
};

/** Throws 404 for a resource or subresource that is not served, 405 for a verb that it does not have. */
export function endpointFor({ resource, request, exchange }: ResourceContext): Endpoint {
  const { def } = resource;
  const { verb, subresource } = request;
  if (!def.namespaced && request.namespace !== "" && def.kind !== "Namespace") throw notFoundResource();
  // A proxy's path goes on behind the subresource.
  if (request.rest.length > 0 && subresource !== "proxy" && verb !== "proxy") throw notFoundResource();
  if (subresource === "" && verb !== "proxy" && !methods.has(exchange.method)) return refuse();
  if (subresource !== "") return subresourceEndpoint(resource.def, subresource, verb);
  const virtual = virtualResource(def);
  if (virtual) return def.verbs.includes(verb) ? virtual : refuse();
  if (verb === "create" && request.name !== "") return refuse();
  if ((verb === "update" || verb === "patch") && request.name === "") return refuse();
  if (!def.verbs.includes(verb)) refuse();
  if (def.namespaced && request.namespace === "" && verb !== "list" && verb !== "watch") return refuse();
  return verbs[verb] ?? refuse();
}

const methods = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);

function subresourceEndpoint(def: ResourceContext["resource"]["def"], name: string, verb: ResourceVerb): Endpoint {
  const subresource = def.subresources.find((s) => s.name === name);
  if (!subresource) throw notFoundResource();
  const special = specialSubresource(def, name, verb);
  if (special) return special;
  if (!subresource.verbs.includes(verb)) return refuse();
  return verbs[verb] ?? refuse();
}

function refuse(): never {
  throw methodNotAllowed();
}
