/** What clients are told about the template of a workload: when it is made, and when what is wanted changes. */
import type { PodTemplateSpec } from "#api/types/core/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { Strategy } from "../../strategy.ts";
import { podNameWarnings, podTemplateWarnings } from "./index.ts";

export interface WorkloadView<T extends KubeObject> {
  /** Of the template. */
  readonly path: string;
  readonly template: (object: Readonly<T>) => PodTemplateSpec | undefined;
  /** Pods are called after the workload. */
  readonly namesPods?: boolean;
  /** Default: the generation is another. */
  readonly isChanged?: (next: Readonly<T>, old: Readonly<T>) => boolean;
  /** Told on create, and on any update. */
  readonly always?: (object: Readonly<T>, old: Readonly<T> | undefined) => string[];
}

const otherGeneration = (next: Readonly<KubeObject>, old: Readonly<KubeObject>): boolean =>
  next.metadata.generation !== old.metadata.generation;

export function workloadWarnings<T extends KubeObject>(
  view: WorkloadView<T>,
): Required<Pick<Strategy<T>, "warningsOnCreate" | "warningsOnUpdate">> {
  const { path, template, namesPods = false, isChanged = otherGeneration, always = () => [] } = view;
  return {
    warningsOnCreate: (object) => [
      ...(namesPods ? podNameWarnings(object.metadata.name) : []),
      ...podTemplateWarnings(path, template(object)),
      ...always(object, undefined),
    ],
    warningsOnUpdate: (object, old) => [
      ...(isChanged(object, old) ? podTemplateWarnings(path, template(object)) : []),
      ...always(object, old),
    ],
  };
}
