/** Which services a change of a pod concerns: those that select it now, and those that selected it before. */
import { resources } from "#api/gen/resources.ts";
import type { Pod, Service } from "#api/types/core/v1";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { WorkQueue } from "#pkg/client/index.ts";
import type { ControllerContext } from "./controller.ts";
import { sameJson } from "./equal.ts";

type Labels = Readonly<Record<string, string>>;

function selects({ spec }: Readonly<Service>, labels: Labels): boolean {
  const pairs = Object.entries(spec.selector ?? {});
  return pairs.length > 0 && pairs.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

/** Changes are gathered this long, so that a rollout's burst of pods is one write. */
const gatherMs = 20;

export function enqueueServicesOfPods(context: ControllerContext, queue: WorkQueue): void {
  const services = context.informers.informer(resources.services);
  const pods = context.informers.informer(resources.pods);
  const wake = (namespace: string | undefined, ...labels: (Labels | undefined)[]) => {
    for (const service of services.list(namespace)) {
      if (labels.some((each) => selects(service, each ?? {}))) queue.addAfter(keyOf(service as Service), gatherMs);
    }
  };
  pods.addHandler({
    added: ({ metadata }) => wake(metadata.namespace, metadata.labels),
    deleted: ({ metadata }) => wake(metadata.namespace, metadata.labels),
    updated: (pod, old) => {
      if (pod !== old && concernsEndpoints(pod, old))
        wake(pod.metadata.namespace, pod.metadata.labels, old.metadata.labels);
    },
  });
}

/** Heartbeats of containers do not matter; addresses, readiness, phase, labels and deletion do. */
function concernsEndpoints(pod: Readonly<Pod>, old: Readonly<Pod>): boolean {
  const facts = ({ metadata, spec, status }: Readonly<Pod>) => [
    metadata.labels,
    metadata.deletionTimestamp,
    spec.nodeName,
    status?.podIPs,
    status?.podIP,
    status?.phase,
    status?.conditions?.find((condition) => condition.type === "Ready")?.status,
  ];
  return !sameJson(facts(pod), facts(old));
}
