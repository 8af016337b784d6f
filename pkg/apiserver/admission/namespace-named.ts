/** How plugins find the namespace of a request. */
import { resources } from "#api/gen/resources.ts";
import type { Namespace } from "#api/types/core/v1";
import type { ObjectReader } from "../resources/reader.ts";

/** From the cache, or from storage where the cache does not know it yet. */
export async function namespaceNamed(reader: ObjectReader, name: string): Promise<Namespace | undefined> {
  return (await reader.get(resources.namespaces, "", name)) ?? (await reader.getLatest(resources.namespaces, "", name));
}
