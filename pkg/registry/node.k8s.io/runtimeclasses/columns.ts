import type { RuntimeClass } from "#api/types/node.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const runtimeClassCells: Cells<RuntimeClass> = (runtime, now) => [
  nameOf(runtime),
  runtime.handler,
  age(runtime, now),
];
