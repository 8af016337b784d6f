/**
 * Objects that `kubectl apply` made before it applied on the server say in an annotation what was applied last. That lets
 * kubectl take over those fields without a conflict with its earlier self, and is kept current for who still reads it.
 */
import { isRawNumber } from "../codec/index.ts";
import type { KubeObject } from "../object.ts";
import { compareObjects } from "./compare.ts";
import { fieldsOfConfig } from "./config-set.ts";
import { difference, type FieldSet, union } from "./field-set.ts";
import { isObject, type Members } from "./items.ts";
import type { AppliedKind } from "./kind.ts";

export const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";
/** The manager that reads and writes the annotation. */
export const lastAppliedManager = "kubectl";
/** All annotations of an object together. */
const annotationBytesMax = 256 * 1024;

/** The fields that the annotation names and that still have the values it says. */
export function fieldsLastApplied(live: Readonly<KubeObject>, { shape }: AppliedKind): FieldSet {
  const text = live.metadata.annotations?.[lastAppliedAnnotation];
  if (text === undefined) return {};
  let config: Members;
  try {
    config = JSON.parse(text) as Members;
    const { changed, removed } = compareObjects(config, live as unknown as Members, shape);
    return difference(fieldsOfConfig(config, shape), union(changed, removed));
  } catch {
    // What somebody else wrote there says nothing of ours.
    return {};
  }
}

/** Writes the applied configuration into the annotation of an object that has one. */
export function keepLastApplied(next: KubeObject, config: Readonly<KubeObject>): void {
  const annotations = next.metadata.annotations;
  if (!annotations || !Object.hasOwn(annotations, lastAppliedAnnotation)) return;
  const { managedFields: _, ...metadata } = config.metadata;
  const { [lastAppliedAnnotation]: __, ...others } = metadata.annotations ?? {};
  const applied = metadata.annotations ? { ...metadata, annotations: others } : metadata;
  const text = `${JSON.stringify(sortMembers({ ...config, metadata: applied }))}\n`;
  if (Buffer.byteLength(text) <= annotationBytesMax) annotations[lastAppliedAnnotation] = text;
  else delete annotations[lastAppliedAnnotation];
}

/** As Go writes a map. */
function sortMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortMembers);
  if (!isObject(value) || isRawNumber(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sortMembers(member)]));
}
