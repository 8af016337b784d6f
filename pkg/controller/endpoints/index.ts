/** Keeps the Endpoints of every Service with a selector, for clients that do not read EndpointSlices. */
import { resources } from "#api/gen/resources.ts";
import type { Endpoints, Service } from "#api/types/core/v1";
import { labelSelectorFromMap } from "#pkg/apimachinery/labels/index.ts";
import { splitKey } from "#pkg/apimachinery/object.ts";
import {
  done,
  isAlreadyExists,
  isConflict,
  isNamespaceTerminating,
  isNotFound,
  type Outcome,
} from "#pkg/client/index.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { enqueueServicesOfPods } from "../framework/service-pods.ts";
import { enqueueSelf } from "../framework/wiring.ts";
import { subsetsOf } from "./plan.ts";

const managedByLabel = "endpoints.kubernetes.io/managed-by";
const managedBy = "endpoint-controller";
const againMs = 200;

export const endpoints: Controller = {
  name: "endpoints-controller",
  build(context) {
    const queue = context.queue("endpoint");
    enqueueSelf(context.informers.informer(resources.services), queue);
    enqueueSelf(context.informers.informer(resources.endpoints), queue);
    enqueueServicesOfPods(context, queue);
    return { loops: [{ queue, workers: 5, reconcile: (key, signal) => reconcile(context, key, signal) }] };
  },
};

const hasSelector = ({ spec }: Readonly<Service>): boolean =>
  spec.type !== "ExternalName" && Object.keys(spec.selector ?? {}).length > 0;

async function reconcile(context: ControllerContext, key: string, signal: AbortSignal): Promise<Outcome> {
  const { informers, client } = context;
  const service = informers.informer(resources.services).get(key);
  const current = informers.informer(resources.endpoints).get(key);
  try {
    if (!service) {
      const ours = current?.metadata.labels?.[managedByLabel] === managedBy;
      if (ours) await client.endpoints.delete(splitKey(key), { signal });
      return done;
    }
    if (!hasSelector(service) || service.metadata.deletionTimestamp) return done;
    const wanted = wantedOf(context, service, current);
    if (!current) await client.endpoints.create(wanted, { signal });
    else if (
      !sameJson(current.subsets ?? [], wanted.subsets ?? []) ||
      !sameJson(current.metadata.labels ?? {}, wanted.metadata.labels)
    ) {
      await client.endpoints.update(wanted, { signal });
    }
  } catch (error) {
    if (isAlreadyExists(error) || isConflict(error)) return { requeueAfterMs: againMs };
    if (!isNotFound(error) && !isNamespaceTerminating(error)) throw error;
  }
  return done;
}

function wantedOf(
  { informers }: ControllerContext,
  service: Readonly<Service>,
  current: Readonly<Endpoints> | undefined,
): Endpoints {
  const { name = "", namespace = "", labels } = service.metadata;
  const selector = labelSelectorFromMap(service.spec.selector ?? {});
  const pods = [...informers.informer(resources.pods).list(namespace)].filter((pod) =>
    selector.matches(pod.metadata.labels),
  );
  const headless = service.spec.clusterIP === "None" ? { "service.kubernetes.io/headless": "" } : {};
  const subsets = subsetsOf(service, pods);
  return {
    metadata: {
      ...(current?.metadata ?? { name, namespace }),
      labels: { ...labels, ...headless, [managedByLabel]: managedBy },
    },
    ...(subsets.length > 0 ? { subsets } : {}),
  };
}
