/** Owner references: who controls an object, and how a controller adopts and releases. */
import type { OwnerReference } from "#api/types/meta/v1";
import type { LabelSelector } from "#pkg/apimachinery/labels/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { isNotFound, type ResourceClient } from "#pkg/client/index.ts";

export function controllerOf(object: Readonly<KubeObject>): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** The reference of a controller to something it makes. `owner` comes from a cache, so it has its kind. */
export function controllerReference(owner: Readonly<KubeObject>): OwnerReference {
  const { apiVersion = "", kind = "", metadata } = owner;
  const { name = "", uid = "" } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** Whether `object` is controlled by exactly this owner (its uid, not only its name). */
export function isControlledBy(object: Readonly<KubeObject>, owner: Readonly<KubeObject>): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

export interface ClaimOptions<T extends KubeObject> {
  readonly owner: Readonly<KubeObject>;
  readonly selector: LabelSelector;
  /** Objects of the owner's namespace that this owner controls, and those nobody controls. */
  readonly candidates: Iterable<Readonly<T>>;
  readonly resource: ResourceClient<T>;
  /** Reads the owner from the server: adoption must not act on a stale or recreated owner. */
  readonly readOwner: () => Promise<KubeObject>;
  readonly signal: AbortSignal;
}

/** Those that the owner controls after adopting what it selects and releasing what it does not. */
export async function claim<T extends KubeObject>(options: ClaimOptions<T>): Promise<Readonly<T>[]> {
  const { owner, selector, candidates } = options;
  const claimed: Readonly<T>[] = [];
  let mayAdopt: Promise<boolean> | undefined;
  for (const object of candidates) {
    const controller = controllerOf(object);
    const matches = selector.matches(object.metadata.labels);
    if (controller) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (matches) claimed.push(object);
      else if (!owner.metadata.deletionTimestamp) await release(options, object);
    } else if (matches && !owner.metadata.deletionTimestamp && !object.metadata.deletionTimestamp) {
      mayAdopt ??= ownerIsCurrent(options);
      if ((await mayAdopt) && (await adopt(options, object))) claimed.push(object);
    }
  }
  return claimed;
}

async function ownerIsCurrent<T extends KubeObject>({ owner, readOwner }: ClaimOptions<T>): Promise<boolean> {
  const fresh = await readOwner();
  return fresh.metadata.uid === owner.metadata.uid && !fresh.metadata.deletionTimestamp;
}

async function adopt<T extends KubeObject>(options: ClaimOptions<T>, object: Readonly<T>): Promise<boolean> {
  return patchOwners(options, object, [controllerReference(options.owner)]);
}

async function release<T extends KubeObject>(options: ClaimOptions<T>, object: Readonly<T>): Promise<boolean> {
  return patchOwners(options, object, [{ $patch: "delete", uid: options.owner.metadata.uid }]);
}

/** False where the object is gone or is another one by now: then there is nothing to claim. */
async function patchOwners<T extends KubeObject>(
  { resource, signal }: ClaimOptions<T>,
  object: Readonly<T>,
  ownerReferences: unknown[],
): Promise<boolean> {
  const { namespace = "", name = "", uid } = object.metadata;
  try {
    await resource.patch({ namespace, name }, { metadata: { ownerReferences, uid } }, { type: "strategic", signal });
    return true;
  } catch (error) {
    if (isNotFound(error) || (error instanceof StatusError && error.reason === "Invalid")) return false;
    throw error;
  }
}

/** Index of everything by the uid of its controller; what nobody controls stands under its namespace with `orphan:` before it. */
export const byController = "controller";
export const orphansOf = (namespace: string): string => `orphan:${namespace}`;
export function controllerIndex(object: Readonly<KubeObject>): readonly string[] {
  const controller = controllerOf(object);
  return [controller ? controller.uid : orphansOf(object.metadata.namespace ?? "")];
}
