import type { VolumeAttributesClass } from "#api/types/storage.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const volumeAttributesClassCells: Cells<VolumeAttributesClass> = (attributes, now) => [
  nameOf(attributes),
  attributes.driverName,
  age(attributes, now),
];
