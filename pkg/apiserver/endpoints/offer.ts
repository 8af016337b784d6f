/** Which forms a resource can be had in. */
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ResourceContext } from "../context.ts";
import { type Asked, ask, ensureShape, type Offer } from "../negotiation/negotiate.ts";
import type { ServedResource } from "../resources/served-resource.ts";

const builtIn: Offer = { routed: true, protobufObjects: true, views: ["table", "metadata"] };
const custom: Offer = { routed: false, protobufObjects: false, views: ["table", "metadata"] };
const builtInList: Offer = { ...builtIn, listed: true };
const customList: Offer = { ...custom, listed: true };
const builtInStream: Offer = { ...builtInList, stream: true };
const customStream: Offer = { ...customList, stream: true };

export const offerOf = (resource: ServedResource): Offer => (resource.isCustom ? custom : builtIn);
export const offerOfList = (resource: ServedResource): Offer => (resource.isCustom ? customList : builtInList);
export const offerOfStream = (resource: ServedResource): Offer => (resource.isCustom ? customStream : builtInStream);

/** Of built-in kinds that are answered in place of objects and have no columns. */
export const withoutTable: Offer = { ...builtIn, views: ["metadata"] };

/** The form of an answer that is one object. */
export function askOne({ exchange, resource }: ResourceContext): Asked {
  return ask(exchange.header("accept"), offerOf(resource));
}

/** Once there is an object to answer with. Throws 406, 500. */
export function ensureOne({ resource }: ResourceContext, asked: Asked): void {
  // Upstream's objects of custom resources could be lists, as far as their types tell.
  if (resource.isCustom && asked.as === "PartialObjectMetadataList") {
    throw new StatusError("Unknown", "content is not a list");
  }
  ensureShape(asked, false, () => goTypeOf(resource, ""));
}

/** As `ensureOne`, for lists. Throws 406. */
export function ensureList({ resource }: ResourceContext, asked: Asked): void {
  ensureShape(asked, true, () => goTypeOf(resource, "List"));
}

/** Go's packages that are not called as the first word of their group. */
const packages: Readonly<Record<string, string>> = { "": "core", "events.k8s.io": "core" };

function goTypeOf({ def, isCustom }: ServedResource, suffix: string): string {
  if (isCustom) return `*unstructured.Unstructured${suffix}`;
  const name = Object.hasOwn(packages, def.group) ? packages[def.group] : def.group.split(".", 1)[0];
  return `*${name}.${def.kind}${suffix}`;
}
