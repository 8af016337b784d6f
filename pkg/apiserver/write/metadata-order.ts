/** The members of metadata in the order in which Go writes them, whenever the server filled them in. */
import { typeNamed } from "#api/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";

type Metadata = Record<string, unknown>;

const order: readonly string[] = typeNamed("meta/v1.ObjectMeta").fields.map(({ name }) => name);

/** A copy. */
export function inTableOrder(metadata: Readonly<KubeObject["metadata"]>): KubeObject["metadata"] {
  const ordered: Metadata = {};
  for (const name of order) {
    const value = (metadata as Metadata)[name];
    if (value !== undefined) ordered[name] = value;
  }
  return ordered as KubeObject["metadata"];
}
