/** Which forms a resource can be had in. */
import type { Offer } from "../negotiation/representation.ts";
import type { ServedResource } from "../resources/served-resource.ts";

const builtIn: Offer = { protobuf: true, views: true };
const custom: Offer = { protobuf: false, views: true };

export const offerOf = (resource: ServedResource): Offer => (resource.isCustom ? custom : builtIn);

/** For answers that are one object, or a list: some views are of one only. */
export function offerAs(resource: ServedResource, shape: "one" | "list"): Offer {
  return { ...offerOf(resource), shape, goType: () => goTypeOf(resource, shape === "list" ? "List" : "") };
}

/** Go's packages that are not called as the first word of their group. */
const packages: Readonly<Record<string, string>> = { "": "core", "events.k8s.io": "core" };

function goTypeOf({ def, isCustom }: ServedResource, suffix: string): string {
  if (isCustom) return `*unstructured.Unstructured${suffix}`;
  const name = Object.hasOwn(packages, def.group) ? packages[def.group] : def.group.split(".", 1)[0];
  return `*${name}.${def.kind}${suffix}`;
}
