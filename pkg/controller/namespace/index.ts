/** Empties namespaces that are being deleted, then lets them go. */
import { resources } from "#api/gen/resources.ts";
import type { Namespace } from "#api/types/core/v1";
import { done, isConflict, isNotFound, type Outcome } from "#pkg/client/index.ts";
import { timeText } from "../framework/conditions.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { enqueueSelf } from "../framework/wiring.ts";
import { conditionsOf } from "./conditions.ts";
import { deleteContent } from "./content.ts";

const finalizer = "kubernetes";
/** Pods need their grace; what is left is looked at again soon, and ever more slowly. */
const againMs = { first: 250, max: 5000 };

export const namespace: Controller = {
  name: "namespace-controller",
  build(context) {
    const queue = context.queue("namespace");
    enqueueSelf(context.informers.informer(resources.namespaces), queue);
    const waits = new Map<string, number>();
    return { loops: [{ queue, workers: 5, reconcile: (name, signal) => reconcile(context, waits, name, signal) }] };
  },
};

async function reconcile(
  context: ControllerContext,
  waits: Map<string, number>,
  name: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const found = context.informers.informer(resources.namespaces).get(name);
  if (!found?.metadata.deletionTimestamp || !found.spec?.finalizers?.includes(finalizer)) {
    waits.delete(name);
    return done;
  }
  const remaining = await deleteContent(context.client, name, signal);
  const clean = remaining.resources.size + remaining.discoveryErrors.length + remaining.deletionErrors.length === 0;
  try {
    const current = await context.client.namespaces.get({ name }, { signal });
    const reported = await report(
      context,
      current,
      conditionsOf(current.status?.conditions, remaining, timeText(context.clock.now())),
      signal,
    );
    if (!clean) return { requeueAfterMs: nextWait(waits, name) };
    await release(context, reported, signal);
    waits.delete(name);
  } catch (error) {
    if (isConflict(error)) return { requeueAfterMs: againMs.first };
    if (!isNotFound(error)) throw error;
  }
  return done;
}

function nextWait(waits: Map<string, number>, name: string): number {
  const wait = Math.min(againMs.max, (waits.get(name) ?? againMs.first / 2) * 2);
  waits.set(name, wait);
  return wait;
}

async function report(
  context: ControllerContext,
  current: Namespace,
  conditions: NonNullable<Namespace["status"]>["conditions"],
  signal: AbortSignal,
): Promise<Namespace> {
  if (sameJson(conditions, current.status?.conditions)) return current;
  const status = { ...current.status, phase: "Terminating", conditions } as NonNullable<Namespace["status"]>;
  return context.client.namespaces.updateStatus({ ...current, status }, { signal });
}

async function release(context: ControllerContext, current: Namespace, signal: AbortSignal): Promise<void> {
  const finalizers = (current.spec?.finalizers ?? []).filter((each) => each !== finalizer);
  const next = { ...current, apiVersion: "v1", kind: "Namespace", spec: { ...current.spec, finalizers } };
  await context.client.namespaces.subresource("PUT", { name: current.metadata.name! }, "finalize", next, { signal });
}
