/**
 * The class of claims that ask for none. Source: https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass
 */
import type { StorageClass } from "#api/types/storage.k8s.io/v1";

export const isDefaultMark = "storageclass.kubernetes.io/is-default-class";
const marks = [isDefaultMark, "storageclass.beta.kubernetes.io/is-default-class"];

export const isDefaultClass = ({ metadata }: Readonly<StorageClass>): boolean =>
  marks.some((key) => metadata.annotations?.[key] === "true");

/** Of several the newest, of those that are equally old the first by name. Undefined where there is none. */
export function defaultClass(classes: Iterable<Readonly<StorageClass>>): Readonly<StorageClass> | undefined {
  return [...classes].filter(isDefaultClass).sort((a, b) => ageOrder(a, b) || nameOrder(a, b))[0];
}

const madeAt = ({ metadata }: Readonly<StorageClass>): number => Date.parse(metadata.creationTimestamp ?? "") || 0;
const ageOrder = (a: Readonly<StorageClass>, b: Readonly<StorageClass>): number => madeAt(b) - madeAt(a);
const nameOrder = (a: Readonly<StorageClass>, b: Readonly<StorageClass>): number =>
  (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
