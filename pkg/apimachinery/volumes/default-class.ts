/**
 * The class of claims that ask for none. Source: https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass
 */
import type { StorageClass } from "#api/types/storage.k8s.io/v1";
import { isMarked, markedDefault } from "../marked-default.ts";

export const isDefaultMark = "storageclass.kubernetes.io/is-default-class";
const marks = [isDefaultMark, "storageclass.beta.kubernetes.io/is-default-class"];

export const isDefaultClass = (one: Readonly<StorageClass>): boolean => isMarked(one, marks);

export const defaultClass = (classes: Iterable<Readonly<StorageClass>>): Readonly<StorageClass> | undefined =>
  markedDefault(classes, marks);
