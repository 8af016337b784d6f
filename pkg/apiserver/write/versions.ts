/** The other versions in which the objects of a resource are served: fields may be owned in any of them. */
import type { OtherVersion } from "#pkg/apimachinery/apply/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ServedResource } from "../resources/served-resource.ts";
import type { ResourceTable } from "../resources/table.ts";

export type VersionOf = (apiVersion: string) => OtherVersion | undefined;

/** Versions of one resource keep their objects in the same place. */
function versionsBeside(
  table: ResourceTable,
  resource: ServedResource,
): (apiVersion: string) => ServedResource | undefined {
  return (apiVersion) => {
    const [version = "", group = ""] = apiVersion.split("/", 2).toReversed();
    const other = table.lookup(group, version, resource.def.plural);
    return other && other.prefixOf("") === resource.prefixOf("") ? other : undefined;
  };
}

/**
 * Calls `compute` with the other versions. Where somebody else converts between them, his answers are waited for: `compute`
 * is then called anew until it has all that it asks for, so it must change nothing.
 */
export function withOtherVersions<T>(
  table: ResourceTable,
  resource: ServedResource,
  compute: (versionOf: VersionOf) => T,
): T | Promise<T> {
  const beside = versionsBeside(table, resource);
  if (resource.custom?.convertsLater) return converting(beside, compute);
  return compute((apiVersion) => {
    const other = beside(apiVersion);
    return other && { kind: other.applied, convert: (object) => convertNow(object as KubeObject, resource, other) };
  });
}

function convertNow(object: KubeObject, from: ServedResource, to: ServedResource): KubeObject {
  const stored = from.conversion?.toStored(object) ?? object;
  return to.conversion?.toServed(stored) ?? stored;
}

/** Stops a computation for want of this. */
class Missing extends Error {
  readonly key: string;
  readonly object: KubeObject;
  readonly to: ServedResource;
  constructor(key: string, object: KubeObject, to: ServedResource) {
    super("an object in another version is missing");
    this.key = key;
    this.object = object;
    this.to = to;
  }
}

/** Two states in each version that owns fields; more is a mistake. */
const conversionsMax = 100;

async function converting<T>(
  beside: (apiVersion: string) => ServedResource | undefined,
  compute: (versionOf: VersionOf) => T,
): Promise<T> {
  const known = new Map<string, KubeObject>();
  const versionOf: VersionOf = (apiVersion) => {
    const other = beside(apiVersion);
    if (!other) return undefined;
    const convert = (object: Readonly<KubeObject>): KubeObject => {
      const key = `${apiVersion} ${JSON.stringify(object)}`;
      const converted = known.get(key);
      if (!converted) throw new Missing(key, object as KubeObject, other);
      return converted;
    };
    return { kind: other.applied, convert };
  };
  for (let round = 0; round < conversionsMax; round++) {
    try {
      return compute(versionOf);
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      known.set(error.key, (await error.to.custom?.convert(error.object)) ?? error.object);
    }
  }
  throw new Error("an object would have to be converted without end");
}
