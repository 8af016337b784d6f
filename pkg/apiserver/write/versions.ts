/** The other versions in which the objects of a resource are served: fields may be owned in any of them. */
import type { OtherVersion } from "#pkg/apimachinery/apply/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ServedResource } from "../resources/served-resource.ts";
import type { ResourceTable } from "../resources/table.ts";

/** Versions of one resource keep their objects in the same place. */
export function otherVersions(
  table: ResourceTable,
  resource: ServedResource,
): (apiVersion: string) => OtherVersion | undefined {
  return (apiVersion) => {
    const [version = "", group = ""] = apiVersion.split("/", 2).toReversed();
    const other = table.lookup(group, version, resource.def.plural);
    if (!other || other.prefixOf("") !== resource.prefixOf("")) return undefined;
    return {
      kind: other.applied,
      convert(object) {
        const stored = resource.conversion?.toStored(object as KubeObject) ?? (object as KubeObject);
        return other.conversion?.toServed(stored) ?? stored;
      },
    };
  };
}
