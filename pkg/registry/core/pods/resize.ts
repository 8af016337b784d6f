/** What `/resize` may change of a pod that runs: how much CPU and memory its containers have. */
import type { Container, Pod, ResourceRequirements } from "#api/types/core/v1";
import { type FieldError, forbidden, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "../../shared/findings.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import { qosClassOf } from "./qos.ts";
import { validatePodState } from "./validate.ts";

const lists = ["containers", "initContainers"] as const;
const mirror = "kubernetes.io/config.mirror";

/** Keeps all but the resources of containers. Containers that are not the same ones stay for the rules to speak of. */
export function prepareResize(pod: Pod, old: Readonly<Pod>): void {
  if (lists.some((list) => (pod.spec[list]?.length ?? 0) !== (old.spec[list]?.length ?? 0))) return;
  const spec = structuredClone(old.spec);
  for (const list of lists) {
    const next = pod.spec[list];
    if (next?.length) spec[list] = withResourcesOf(next, (spec[list] ?? []) as Container[]);
  }
  pod.spec = spec;
  pod.status = structuredClone(old.status ?? {});
}

function withResourcesOf(next: Container[], old: Container[]): Container[] {
  if (next.some(({ name }, at) => old[at]?.name !== name)) return next;
  return old.map((container, at) => {
    const { resources: _, resizePolicy: _p, ...rest } = container;
    const { resources, resizePolicy } = next[at] as Container;
    return { ...rest, ...(resources ? { resources } : {}), ...(resizePolicy ? { resizePolicy } : {}) };
  });
}

export function validateResize(next: Readonly<Pod>, old: Readonly<Pod>): FieldError[] {
  if (Object.hasOwn(old.metadata.annotations ?? {}, mirror)) return [forbidden("", "static pods cannot be resized")];
  if (old.spec.os?.name === "windows") return [forbidden("", "windows pods cannot be resized")];
  return [...validatePodState(next), ...changes(next, old)];
}

function* changes(next: Readonly<Pod>, old: Readonly<Pod>): Findings {
  if (qosClassOf(old) !== qosClassOf(next)) {
    yield invalid("spec", next.status?.qosClass ?? "", "Pod QOS Class may not change as a result of resizing");
  }
  // A node that can resize reports what running containers have.
  const running = old.status?.containerStatuses?.find(({ state }) => state?.running);
  if (running && !running.resources) yield forbidden("spec", "Pod running on node without support for resize");
  if (hasOwnResources(old) || hasOwnResources(next)) {
    const gate = "InPlacePodLevelResourcesVerticalScalingEnabled feature gate is disabled";
    yield forbidden("", `resize of pods with pod-level resources is forbidden when ${gate}`);
    return;
  }
  const moved = lists.flatMap((list) => [...sameContainers(list, next.spec[list], old.spec[list])]);
  yield* moved;
  if (moved.length === 0) yield* containerChanges(next, old);
}

const hasOwnResources = ({ spec: { resources } }: Readonly<Pod>): boolean =>
  Object.keys(resources?.requests ?? {}).length + Object.keys(resources?.limits ?? {}).length > 0;

function* sameContainers(list: string, next: readonly Container[] = [], old: readonly Container[] = []): Findings {
  if (next.length !== old.length) yield forbidden(`spec.${list}`, `${list} may not be added or removed on resize`);
  else {
    for (const [at, { name }] of old.entries()) {
      if (next[at]?.name === name) continue;
      yield forbidden(`spec.${list}[${at}].name`, `${list} may not be renamed or reordered on resize`);
    }
  }
}

const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === "Always";

function* containerChanges({ spec }: Readonly<Pod>, { spec: old }: Readonly<Pod>): Findings {
  for (const list of ["initContainers", "containers"] as const) {
    for (const [at, before] of (old[list] ?? []).entries()) {
      if (list === "initContainers" && !isSidecar(before)) continue;
      yield* nothingRemoved(`spec.${list}[${at}].resources`, spec[list]?.[at]?.resources, before.resources);
    }
  }
  for (const [at, container] of spec.containers.entries()) {
    if (isOnlyResized(container, old.containers[at] as Container)) continue;
    yield forbidden("spec", "only cpu and memory resources are mutable");
  }
  for (const [at, container] of (spec.initContainers ?? []).entries()) {
    const before = old.initContainers?.[at] as Container;
    if (isSidecar(container)) {
      if (isOnlyResized(container, before)) continue;
      yield forbidden("spec", "only cpu and memory resources for sidecar containers are mutable");
    } else if (!sameMeaning(container, before)) {
      yield forbidden("spec", "resources for non-sidecar init containers are immutable");
    }
  }
}

type Requirements = ResourceRequirements | undefined;

function* nothingRemoved(path: string, next: Requirements, old: Requirements): Findings {
  for (const list of ["requests", "limits"] as const) {
    const names = Object.keys(old?.[list] ?? {});
    if (names.every((name) => Object.hasOwn(next?.[list] ?? {}, name))) continue;
    yield forbidden(`${path}.${list}`, `resource ${list} cannot be removed`);
  }
}

/** Resources apart from CPU and memory count; how a container takes a resize does not change either. */
function isOnlyResized(next: Container, old: Container): boolean {
  const rest = (container: Container) => {
    const { resources, ...others } = container;
    const fixed = (list: "requests" | "limits") =>
      Object.fromEntries(
        Object.entries(resources?.[list] ?? {}).filter(([name]) => name !== "cpu" && name !== "memory"),
      );
    return { ...others, fixed: [fixed("requests"), fixed("limits"), resources?.claims ?? []] };
  };
  return sameMeaning(rest(next), rest(old));
}
