/** Deletes a pod as long as its disruption budgets allow it. */

import { resources } from "#api/gen/resources.ts";
import type { Pod } from "#api/types/core/v1";
import type { DeleteOptions } from "#api/types/meta/v1";
import type { Eviction, PodDisruptionBudget } from "#api/types/policy/v1";
import { cloneJson } from "#pkg/apimachinery/json.ts";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { badRequest, notFound, StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ResourceContext } from "../../context.ts";
import { deleteObject } from "../../write/delete.ts";
import { timestamp } from "../../write/request.ts";
import { updateObject } from "../../write/update.ts";
import { readObject } from "../body.ts";
import { sendJson } from "../send.ts";
import { parseWriteOptions, writeRequestOf } from "../write-options.ts";

const evictionKind = { group: "policy", version: "v1", kind: "Eviction", type: "policy/v1.Eviction" };

export async function evict(context: ResourceContext): Promise<void> {
  const { request, resource, services } = context;
  const options = parseWriteOptions(context, "CreateOptions");
  const eviction = (await readObject(context, evictionKind, options.validation)) as Eviction & KubeObject;
  if (eviction.metadata?.name && eviction.metadata.name !== request.name) {
    throw badRequest(
      `name in URL does not match name in Eviction object: ${request.name} != ${eviction.metadata.name}`,
    );
  }
  const pod = (await services.reader.getLatest(resources.pods, request.namespace, request.name)) as Pod | undefined;
  if (!pod) throw notFound(resource.groupResource, request.name);
  const deletion: DeleteOptions = eviction.deleteOptions ?? {};
  const dryRun = options.dryRun || (deletion.dryRun?.length ?? 0) > 0;
  const free = isFree(pod);
  if (!free) await spendBudget(context, pod, dryRun);
  const pinned = free
    ? deletion
    : { ...deletion, preconditions: { ...deletion.preconditions, uid: pod.metadata?.uid ?? "" } };
  await deleteObject({ ...writeRequestOf(context, { dryRun }), subresource: "" }, pinned);
  sendJson(context, 201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
}

/** Pods that do not run, or are going already, disturb nothing. */
function isFree({ status, metadata }: Pod): boolean {
  const phase = status?.phase;
  return (
    phase === "Succeeded" || phase === "Failed" || phase === "Pending" || metadata?.deletionTimestamp !== undefined
  );
}

async function spendBudget(context: ResourceContext, pod: Pod, dryRun: boolean): Promise<void> {
  const { services, request } = context;
  const budgets = (await services.reader.list(
    resources.poddisruptionbudgets,
    request.namespace,
  )) as PodDisruptionBudget[];
  const matching = budgets.filter((b) => labelSelectorFrom(b.spec?.selector).matches(pod.metadata?.labels));
  if (matching.length > 1) {
    throw new StatusError(
      "InternalError",
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  const budget = matching[0];
  if (!budget || (!isReady(pod) && mayEvictUnready(budget))) return;
  const target = services.table.ensure("policy", "v1", "poddisruptionbudgets");
  const name = budget.metadata?.name ?? "";
  const write = { ...writeRequestOf(context, { dryRun }), resource: target, subresource: "status", name };
  await updateObject(write, (current) => spend(current as PodDisruptionBudget, request.name, services.clock.now()), {
    system: true,
  });
}

const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;

function mayEvictUnready({ spec, status }: PodDisruptionBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  return (status?.currentHealthy ?? 0) >= (status?.desiredHealthy ?? 0) && (status?.desiredHealthy ?? 0) > 0;
}

function spend(current: PodDisruptionBudget, podName: string, nowMs: number): KubeObject {
  const budget = cloneJson(current);
  const { status } = budget;
  if (!status || (status.observedGeneration ?? 0) < (budget.metadata?.generation ?? 0)) {
    throw tooManyEvictions(
      `The disruption budget ${budget.metadata?.name} is still being processed by the server.`,
      10,
    );
  }
  if ((status.disruptionsAllowed ?? 0) <= 0) {
    const message = `The disruption budget ${budget.metadata?.name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`;
    throw tooManyEvictions(message, 0);
  }
  status.disruptionsAllowed = (status.disruptionsAllowed ?? 0) - 1;
  status.disruptedPods = { ...status.disruptedPods, [podName]: timestamp(nowMs) };
  return budget as KubeObject;
}

function tooManyEvictions(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError("TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", {
    details: {
      causes: [{ reason: "DisruptionBudget", message }],
      ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
    },
  });
}
