/** Puts a pod on a node: the scheduler's one write. */

import type { Binding, Pod } from "#api/types/core/v1";
import { cloneJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { badRequest, conflict, StatusError } from "#pkg/apimachinery/status-error.ts";
import { notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import type { ResourceContext } from "../../context.ts";
import { admitObject } from "../../write/admit.ts";
import { ensureNamespace } from "../../write/create.ts";
import { timestamp, type WriteRequest } from "../../write/request.ts";
import { updateObject } from "../../write/update.ts";
import { readObject } from "../body.ts";
import { askOne } from "../offer.ts";
import { sendStatus } from "../send.ts";
import { parseWriteOptions, writeRequestOf } from "../write-options.ts";

const bindingKind = { group: "", version: "v1", kind: "Binding", type: "core/v1.Binding" };

/** POST to pods/<name>/binding. */
export async function bind(context: ResourceContext): Promise<void> {
  const { form } = askOne(context);
  const options = parseWriteOptions(context, "CreateOptions");
  const binding = (await readObject(context, bindingKind, options.validation)) as Binding & KubeObject;
  const write = writeRequestOf(context, options);
  ensureNamespace(write, binding.metadata);
  await admitObject(write, binding);
  if (binding.metadata.name !== write.name) throw badRequest("name in URL does not match name in Binding object");
  await bindPod(write, binding);
  sendStatus(context, 201, form, { status: "Success", code: 201 });
}

export async function bindPod(write: WriteRequest, binding: Binding & KubeObject): Promise<void> {
  ensureTarget(binding);
  // What a Binding sets on the pod is nobody's.
  const own = { ...write, admitted: true, manager: undefined };
  await updateObject(own, (current) => assign(write, current as Pod, binding), { system: true });
}

function ensureTarget({ target }: Binding & KubeObject): void {
  const errors = [];
  if (target?.kind && target.kind !== "Node")
    errors.push(notSupported("target.kind", target.kind, ["Node", "<empty>"]));
  if (!target?.name) errors.push(required("target.name"));
  if (errors.length === 0) return;
  // Upstream's storage gives them to nobody who knows what they are.
  const texts = errors.map(({ field, detail }) => `${field}: ${detail}`);
  throw new StatusError("Unknown", texts.length === 1 ? texts.join() : `[${texts.join(", ")}]`);
}

function assign({ resource, name, services }: WriteRequest, current: Pod, binding: Binding & KubeObject): KubeObject {
  const refuse = (why: string) => conflict({ group: "", resource: "pods/binding" }, name, why);
  const pod = cloneJson(current);
  const node = binding.target.name ?? "";
  if (binding.metadata?.uid && binding.metadata.uid !== pod.metadata?.uid) {
    throw conflict(
      resource.groupResource,
      name,
      `Precondition failed: UID in precondition: ${binding.metadata.uid}, UID in object meta: ${pod.metadata?.uid}`,
    );
  }
  if (pod.metadata?.deletionTimestamp) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (!pod.spec) throw refuse(`pod ${name} has no spec`);
  if (pod.spec.nodeName) throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  if (pod.spec.schedulingGates?.length) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  pod.spec.nodeName = node;
  const { annotations, labels } = binding.metadata ?? {};
  if (annotations && pod.metadata) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
  if (labels && pod.metadata) pod.metadata.labels = { ...pod.metadata.labels, ...labels };
  markScheduled(pod, services.clock.now());
  return pod as KubeObject;
}

function markScheduled(pod: Pod, nowMs: number): void {
  pod.status ??= {};
  // The promise is kept; what still read it would count the pod twice.
  delete pod.status.nominatedNodeName;
  const conditions = (pod.status.conditions ?? []).filter((c) => c.type !== "PodScheduled");
  const previous = pod.status.conditions?.find((c) => c.type === "PodScheduled");
  const lastTransitionTime = previous?.status === "True" ? previous.lastTransitionTime : timestamp(nowMs);
  const base = { type: "PodScheduled", status: "True", lastProbeTime: null };
  const condition = { ...base, ...(lastTransitionTime ? { lastTransitionTime } : {}) };
  pod.status.conditions = [...conditions, condition as unknown as NonNullable<typeof previous>];
}
