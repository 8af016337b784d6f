/** What an update leaves as it was, whatever was sent, and the generation that counts the rest. */

import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { WriteRequest } from "./request.ts";

/** What the system owns does not change with an update. */
export function carryMetadata(next: KubeObject["metadata"], old: Readonly<KubeObject["metadata"]>): void {
  for (const field of ["uid", "creationTimestamp", "generation", "generateName"] as const) keep(field, next, old);
  // A deletion cannot be taken back; whoever would begin one this way is told.
  if (old.deletionTimestamp) next.deletionTimestamp = old.deletionTimestamp;
  if (next.deletionGracePeriodSeconds === undefined) keep("deletionGracePeriodSeconds", next, old);
  delete next.selfLink;
}

export function carryDeletion(next: KubeObject["metadata"], old: Readonly<KubeObject["metadata"]>): void {
  keep("deletionTimestamp", next, old);
  keep("deletionGracePeriodSeconds", next, old);
}

function keep<K extends keyof KubeObject["metadata"]>(
  field: K,
  next: KubeObject["metadata"],
  old: Readonly<KubeObject["metadata"]>,
): void {
  if (next[field] === old[field]) return;
  if (old[field] === undefined) delete next[field];
  else next[field] = old[field];
}

type Members = Record<string, unknown>;

/** A value of the old object for the new one. */
const takenOver = ({ strategy }: WriteRequest["resource"], value: unknown): unknown =>
  strategy.sharesUntouched ? value : cloneJson(value);

export function keepStatus({ resource }: WriteRequest, next: KubeObject, old: Readonly<KubeObject>): void {
  if (!resource.keepsStatus) return;
  const status = (old as unknown as Members)["status"];
  if (status === undefined) delete (next as unknown as Members)["status"];
  else (next as unknown as Members)["status"] = takenOver(resource, status);
}

const besideSpec = new Set(["apiVersion", "kind", "metadata", "status"]);

export function keepAllButStatus({ resource }: WriteRequest, next: KubeObject, old: Readonly<KubeObject>): void {
  const target = next as unknown as Members;
  const source = old as unknown as Members;
  for (const key of Object.keys(target)) if (!besideSpec.has(key) && !Object.hasOwn(source, key)) delete target[key];
  for (const key of Object.keys(source)) if (!besideSpec.has(key)) target[key] = takenOver(resource, source[key]);
}

export function bumpGeneration({ resource }: WriteRequest, next: KubeObject, old: Readonly<KubeObject>): void {
  if (!resource.strategy.hasGeneration || next.metadata.generation !== old.metadata.generation) return;
  const a = next as unknown as Members;
  const b = old as unknown as Members;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of keys) {
    if (besideSpec.has(key) || sameJson(a[key], b[key])) continue;
    next.metadata.generation = (old.metadata.generation ?? 0) + 1;
    return;
  }
}
