/**
 * Says that ranges of Service addresses are ready, and keeps one that is deleted until no Service needs it.
 * https://kubernetes.io/docs/reference/networking/virtual-ips/#ip-address-objects
 */
import { resources } from "#api/gen/resources.ts";
import type { ServiceCIDR } from "#api/types/networking.k8s.io/v1";
import { done, isNotFound, type Outcome } from "#pkg/client/index.ts";
import { conditionOf, timeText } from "../framework/conditions.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { hasFinalizer, removeFinalizer } from "../framework/finalizers.ts";
import { onChange } from "../framework/wiring.ts";
import { addressOf, covering, mayGo, overlapping } from "./plan.ts";

export const fieldManager = "service-cidr-controller";
export const rangeFinalizer = "networking.k8s.io/service-cidr-finalizer";

/** API servers that have not seen the deletion yet may still give out addresses of the range. */
const graceMs = 10_000;

const terminating = {
  status: "False",
  reason: "Terminating",
  message: "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR",
} as const;
const ready = { status: "True", reason: "", message: "Kubernetes Service CIDR is ready" } as const;

export const serviceCidr: Controller = {
  name: "service-cidr-controller",
  build(context) {
    const queue = context.queue("ipaddresses");
    const ranges = context.informers.informer(resources.servicecidrs);
    const wake = (list: Iterable<Readonly<ServiceCIDR>>) => {
      for (const { metadata } of list) queue.add(metadata.name ?? "");
    };
    // A range that comes or goes decides whether others may go.
    onChange(ranges, (range) => wake([range, ...overlapping(ranges.list(), range)]));
    onChange(context.informers.informer(resources.ipaddresses), (record) => {
      const address = addressOf(record);
      if (address) wake(covering(ranges.list(), address).filter(({ metadata }) => metadata.deletionTimestamp));
    });
    return { loops: [{ queue, workers: 5, reconcile: (name, signal) => reconcile(context, name, signal) }] };
  },
};

async function reconcile(context: ControllerContext, name: string, signal: AbortSignal): Promise<Outcome> {
  const range = context.informers.informer(resources.servicecidrs).get(name);
  if (!range) return done;
  if (range.metadata.deletionTimestamp) return letGo(context, range, signal);
  if (!hasFinalizer(range, rangeFinalizer)) {
    const patch = { metadata: { finalizers: [rangeFinalizer] } };
    try {
      await context.client.servicecidrs.patch({ name }, patch, { type: "strategic", fieldManager, signal });
    } catch (error) {
      if (isNotFound(error)) return done;
      throw error;
    }
  }
  await setCondition(context, range, ready, signal);
  return done;
}

async function letGo(context: ControllerContext, range: Readonly<ServiceCIDR>, signal: AbortSignal): Promise<Outcome> {
  const { client, clock, informers } = context;
  if (!hasFinalizer(range, rangeFinalizer)) return done;
  const all = informers.informer(resources.servicecidrs).list();
  if (!mayGo(range, [...all], informers.informer(resources.ipaddresses).list())) {
    await setCondition(context, range, terminating, signal);
    return done;
  }
  const goneForMs = clock.now() - Date.parse(range.metadata.deletionTimestamp ?? "");
  if (goneForMs < graceMs) return { requeueAfterMs: graceMs - goneForMs };
  await removeFinalizer(client.servicecidrs, range, rangeFinalizer, signal);
  return done;
}

type Said = typeof ready | typeof terminating;

async function setCondition(
  { client, clock }: ControllerContext,
  { metadata, status }: Readonly<ServiceCIDR>,
  said: Said,
  signal: AbortSignal,
): Promise<void> {
  const old = conditionOf(status?.conditions, "Ready");
  if (old?.status === said.status && (old.reason ?? "") === said.reason && old.message === said.message) return;
  const name = metadata.name ?? "";
  const condition = { type: "Ready", ...said, lastTransitionTime: timeText(clock.now()) };
  const wanted = {
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { name },
    status: { conditions: [condition] },
  };
  const parameters = { type: "apply", subresource: "status", fieldManager, force: true, signal } as const;
  try {
    await client.servicecidrs.patch({ name }, wanted, parameters);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
