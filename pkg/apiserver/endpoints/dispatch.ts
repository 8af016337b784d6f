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
export function endpointFor(context: ResourceContext): Endpoint {
  const { resource, request, exchange } = context;
  const { def } = resource;
  const { verb, subresource, namespace } = request;
  if (verb === "proxy") throw notFoundResource();
  if (!def.namespaced && namespace !== "" && !isItself(context)) throw notFoundResource();
  if (def.namespaced && namespace === "" && (subresource !== "" || isOfOne(request))) throw notFoundResource();
  // A proxy's path goes on behind the subresource.
  if (request.rest.length > 0 && subresource !== "proxy") throw notFoundResource();
  if (isOldWatch(context)) return oldWatch(context);
  if (subresource !== "") return subresourceEndpoint(context);
  if (!methods.has(exchange.method)) return refuse();
  const virtual = virtualResource(def);
  if (virtual) return def.verbs.includes(verb) ? virtual : refuse();
  if (verb === "create" && request.name !== "") return refuse();
  if ((verb === "update" || verb === "patch") && request.name === "") return refuse();
  if (!def.verbs.includes(verb)) refuse();
  if (def.namespaced && namespace === "" && verb !== "list" && verb !== "watch") return refuse();
  return verbs[verb] ?? refuse();
}

/** The name stands in the path, not in a selector. */
const isOfOne = ({ verb, name }: ResourceContext["request"]): boolean =>
  name !== "" && verb !== "list" && verb !== "watch" && verb !== "deletecollection" && verb !== "create";

/** The path of a namespace names it as where it is, too. */
const isItself = ({ resource, request }: ResourceContext): boolean =>
  resource.def.kind === "Namespace" && request.namespace === request.name;

/** `/api/v1/watch/...`: the path says what `?watch=true` says elsewhere. */
function isOldWatch({ request, info }: ResourceContext): boolean {
  if (request.verb !== "watch") return false;
  const words = info.path.split("/");
  return words[words[1] === "api" ? 3 : 4] === "watch";
}

function oldWatch({ resource: { def }, request, exchange }: ResourceContext): Endpoint {
  const { subresource, namespace, name } = request;
  const isServed = subresource === "" && def.verbs.includes("watch") && !virtualResource(def);
  if (!isServed || (def.namespaced && name !== "" && namespace === "")) throw notFoundResource();
  return exchange.method === "GET" ? watch : refuse();
}

const methods = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);
const proxiedMethods = new Set([...methods, "HEAD", "OPTIONS"]);

function subresourceEndpoint({ resource: { def }, request, exchange }: ResourceContext): Endpoint {
  const { verb, subresource: name } = request;
  const subresource = def.subresources.find((s) => s.name === name);
  if (!subresource) throw notFoundResource();
  if (!(name === "proxy" ? proxiedMethods : methods).has(exchange.method)) return refuse();
  const special = specialSubresource(def, name, verb);
  if (special) return special;
  if (!subresource.verbs.includes(verb)) return refuse();
  return verbs[verb] ?? refuse();
}

function refuse(): never {
  throw methodNotAllowed();
}
