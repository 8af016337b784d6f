/** Letting go of an object that is being deleted. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { isNotFound, type ResourceClient } from "#pkg/client/index.ts";

export const hasFinalizer = ({ metadata }: Readonly<KubeObject>, finalizer: string): boolean =>
  metadata.finalizers?.includes(finalizer) ?? false;

/** Removes one finalizer from this state of the object; rejects with Conflict when it has changed since. */
export async function removeFinalizer<T extends KubeObject>(
  client: ResourceClient<T>,
  object: Readonly<T>,
  finalizer: string,
  signal: AbortSignal,
): Promise<void> {
  const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  try {
    await client.update({ ...object, metadata: { ...object.metadata, finalizers } }, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
