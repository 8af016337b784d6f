/** Deletes a pod as long as its disruption budget allows it. */

import { resources } from "#api/gen/resources.ts";
import type { Pod } from "#api/types/core/v1";
import type { DeleteOptions } from "#api/types/meta/v1";
import type { Eviction } from "#api/types/policy/v1";
import { cloneJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { badRequest, conflict, invalidObject, notFound, StatusError } from "#pkg/apimachinery/status-error.ts";
import { invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { ResourceContext } from "../../context.ts";
import { admitObject } from "../../write/admit.ts";
import { deleteObject } from "../../write/delete.ts";
import { objectOf, timestamp } from "../../write/request.ts";
import { updateObject } from "../../write/update.ts";
import { readObject } from "../body.ts";
import { askOne } from "../offer.ts";
import { sendStatus } from "../send.ts";
import { parseWriteOptions, type WriteOptions, writeRequestOf } from "../write-options.ts";
import { budgetOf, sparesUnready, spendBudget, stillProcessed } from "./eviction-budget.ts";

const evictionKind = {
  group: "policy",
  version: "v1",
  kind: "Eviction",
  type: "policy/v1.Eviction",
  olderVersions: ["v1beta1"],
};

/** Each round loses only to another writer of the pod. */
const roundsMax = 20;

export async function evict(context: ResourceContext): Promise<void> {
  const { form } = askOne(context);
  const options = parseWriteOptions(context, "CreateOptions");
  const eviction = (await readObject(context, evictionKind, options.validation)) as Eviction & KubeObject;
  const deletion = deletionOf(context, eviction, options);
  const dryRun = options.dryRun || (deletion.dryRun?.length ?? 0) > 0;
  await admitObject(writeRequestOf(context, { dryRun }), eviction);
  const guarded = await evictFree(context, deletion, dryRun);
  if (guarded) await evictGuarded(context, guarded, deletion, dryRun);
  sendStatus(context, 201, form, { status: "Success", code: 201 });
}

/** Throws 400, 422 and 500 for options that cannot be followed. */
function deletionOf({ request, info }: ResourceContext, eviction: Eviction, options: WriteOptions): DeleteOptions {
  if (eviction.metadata?.name !== request.name) {
    throw badRequest("name in URL does not match name in Eviction object");
  }
  const deletion = eviction.deleteOptions ?? {};
  if (deletion.ignoreStoreReadErrorWithClusterBreakingPotential) {
    const why = "can not be set for pod eviction, try after removing the option";
    const field = "deleteOptions.ignoreStoreReadErrorWithClusterBreakingPotential";
    throw invalidObject(evictionKind, request.name, [invalid(field, true, why)]);
  }
  const [asked, wanted] = [info.query.getAll("dryRun").filter((value) => value !== ""), deletion.dryRun ?? []];
  if (options.dryRun && wanted.length > 0 && asked.join() !== wanted.join()) {
    const why = `Non-matching dry-run options in request and content: [${asked.join(" ")}] and [${wanted.join(" ")}]`;
    throw new StatusError("InternalError", why);
  }
  return deletion;
}

async function podOf({ services, request, resource }: ResourceContext): Promise<Pod> {
  const pod = (await services.reader.getLatest(resources.pods, request.namespace, request.name)) as Pod | undefined;
  if (!pod) throw notFound(resource.groupResource, request.name);
  return pod;
}

/** Pods that have ended, are going already or have not started: their end disturbs nothing. */
const isOver = ({ status, metadata }: Readonly<Pod>): boolean =>
  status?.phase === "Succeeded" || status?.phase === "Failed" || metadata.deletionTimestamp !== undefined;
const isFree = (pod: Readonly<Pod>): boolean => isOver(pod) || pod.status?.phase === "Pending";

const isReady = ({ status }: Readonly<Pod>): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;

const isConflict = (error: unknown): boolean => error instanceof StatusError && error.reason === "Conflict";

/** Deletes a pod that no budget guards, or returns the one that a budget may guard. */
async function evictFree(context: ResourceContext, deletion: DeleteOptions, dryRun: boolean): Promise<Pod | undefined> {
  const isPinned = deletion.preconditions?.resourceVersion !== undefined;
  for (let round = 1; ; round++) {
    const pod = await podOf(context);
    if (!isFree(pod)) return pod;
    try {
      // One that has not ended could become ready: then its budget must be asked.
      await markAndDelete(context, isOver(pod) || isPinned ? deletion : pinned(deletion, pod), dryRun);
      return undefined;
    } catch (error) {
      if (!isConflict(error) || isPinned || round >= roundsMax) throw error;
    }
  }
}

async function evictGuarded(
  context: ResourceContext,
  pod: Readonly<Pod>,
  deletion: DeleteOptions,
  dryRun: boolean,
): Promise<void> {
  const budget = await budgetOf(context, pod);
  if (budget && !isReady(pod) && sparesUnready(budget)) {
    try {
      await markAndDelete(context, pinned(deletion, pod), dryRun);
    } catch (error) {
      if (isConflict(error) && deletion.preconditions?.resourceVersion === undefined) {
        throw stillProcessed(budget.metadata.name ?? "");
      }
      throw error;
    }
    return;
  }
  if (budget) await spendBudget(context, budget, dryRun);
  await markAndDelete(context, deletion, dryRun);
}

const pinned = (deletion: DeleteOptions, { metadata }: Readonly<Pod>): DeleteOptions => ({
  ...deletion,
  preconditions: { ...deletion.preconditions, resourceVersion: metadata.resourceVersion ?? "" },
});

/** Says on the pod why it goes, then deletes it. A pinned version moves with the first of the two writes. */
async function markAndDelete(context: ResourceContext, deletion: DeleteOptions, dryRun: boolean): Promise<void> {
  const write = { ...writeRequestOf(context, { dryRun }), subresource: "", admitted: true };
  let preconditions = deletion.preconditions;
  if (!dryRun) {
    const now = timestamp(context.services.clock.now());
    const mark = (current: Readonly<KubeObject>) => marked(current as Pod, preconditions, now);
    const outcome = await updateObject({ ...write, subresource: "status" }, mark, { system: true });
    const { resourceVersion } = objectOf(outcome).metadata;
    if (preconditions?.resourceVersion && resourceVersion) preconditions = { ...preconditions, resourceVersion };
  }
  await deleteObject(write, preconditions ? { ...deletion, preconditions } : deletion);
}

function marked(current: Readonly<Pod>, preconditions: DeleteOptions["preconditions"], now: string): KubeObject {
  const { name = "", uid, resourceVersion } = current.metadata;
  const refuse = (what: string, wanted: string, found: string | undefined, why: string) =>
    conflict(
      { group: "", resource: "Pod" },
      name,
      `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}). The object might have been ${why}`,
    );
  const wanted = preconditions ?? {};
  if (wanted.uid && wanted.uid !== uid) throw refuse("UID", wanted.uid, uid, "deleted and then recreated");
  if (wanted.resourceVersion && wanted.resourceVersion !== resourceVersion) {
    throw refuse("ResourceVersion", wanted.resourceVersion, resourceVersion, "modified");
  }
  const pod = cloneJson(current) as Pod;
  const type = "DisruptionTarget";
  const conditions = pod.status?.conditions ?? [];
  const old = conditions.find((condition) => condition.type === type);
  const target = {
    type,
    status: "True",
    lastProbeTime: null as unknown as string,
    lastTransitionTime: old?.status === "True" ? (old.lastTransitionTime ?? now) : now,
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
  };
  pod.status = {
    ...pod.status,
    conditions: old ? conditions.map((each) => (each === old ? target : each)) : [...conditions, target],
  };
  return pod as KubeObject;
}
