/** What the cells of many resources have in common. */
import type { Container } from "#api/types/core/v1";
import type { LabelSelector } from "#api/types/meta/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { ageOf } from "./duration.ts";

/** The cells of one object, in the order of its resource's columns. */
export type Cells<T extends KubeObject = KubeObject> = (object: Readonly<T>, now: Date) => unknown[];

/** Time since creation. */
export const age = (object: KubeObject, now: Date): string => ageOf(object.metadata.creationTimestamp, now);

export const nameOf = (object: KubeObject): string => object.metadata.name ?? "";

/** Resources that the reference prints with nothing but their name and creation time. */
export const nameAndCreation: Cells = (object) => [nameOf(object), object.metadata.creationTimestamp ?? ""];

export const nameAndAge: Cells = (object, now) => [nameOf(object), age(object, now)];

/** `text`, or `<none>` when it is empty. */
export const orNone = (text: string | undefined): string => text || "<none>";

/** Names and images of containers, each joined by commas. */
export function containerCells(containers: readonly Container[] | undefined): [string, string] {
  const list = containers ?? [];
  return [list.map((c) => c.name).join(","), list.map((c) => c.image ?? "").join(",")];
}

/** `a=b,c=d` in the order of keys; `<none>` for no labels. */
export function labelsCell(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return orNone(pairs.map(([key, value]) => `${key}=${value}`).join(","));
}

export const selectorCell = (selector: LabelSelector | undefined): string =>
  orNone(labelSelectorFrom(selector).toString());

export const booleanCell = (value: boolean | undefined): string =>
  value === undefined ? "<unset>" : value ? "True" : "False";

/** Up to `max` entries, then `+ n more...`, where `count` entries exist in all. */
export function shortList(entries: readonly string[], max: number, count: number, separator = ","): string {
  const shown = entries.slice(0, max).join(separator);
  return entries.length > max ? `${shown} + ${count - max} more...` : shown;
}

const accessModes = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
] as const;

export const accessModesCell = (modes: readonly string[] | undefined): string =>
  accessModes
    .filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(",");

/** The class in the beta annotation wins over the field, as in the reference. */
export const storageClassCell = (object: KubeObject, className: string | undefined): string =>
  object.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? className ?? "";
