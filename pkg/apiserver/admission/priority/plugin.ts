/** Turns a pod's priority class into its priority, and keeps at most one class the default. */
import { resources } from "#api/gen/resources.ts";
import type { Pod } from "#api/types/core/v1";
import type { PriorityClass } from "#api/types/scheduling.k8s.io/v1";
import { forbiddenRequest } from "#pkg/apimachinery/status-error.ts";
import type { ObjectReader } from "../../resources/reader.ts";
import { type AdmissionPluginFactory, type AdmissionRequest, isResource } from "../plugin.ts";
import { refusal } from "../refusal.ts";

const group = "scheduling.k8s.io";

export const priority: AdmissionPluginFactory = ({ reader }) => ({
  name: "Priority",
  handles: (request) => isResource(request, "", "pods") || isResource(request, group, "priorityclasses"),
  admit(request) {
    if (!isResource(request, "", "pods")) return undefined;
    if (request.operation === "CREATE") return admitPod(request, reader);
    if (request.operation === "UPDATE") keepPriority(request.object as Pod, request.old as Pod);
    return undefined;
  },
  validate(request) {
    if (!isResource(request, group, "priorityclasses") || request.operation === "DELETE") return undefined;
    return ensureOneDefault(request, reader);
  },
});

function keepPriority(pod: Pod, old: Pod): void {
  if (!pod.spec || !old.spec || pod.spec === old.spec) return;
  if (pod.spec.priority === undefined && old.spec.priority !== undefined) pod.spec.priority = old.spec.priority;
  if (pod.spec.preemptionPolicy === undefined && old.spec.preemptionPolicy !== undefined) {
    pod.spec.preemptionPolicy = old.spec.preemptionPolicy;
  }
}

async function admitPod(request: AdmissionRequest, reader: ObjectReader): Promise<void> {
  const { spec } = request.object as Pod;
  if (!spec) return;
  const chosen = await classOf(request, spec.priorityClassName, reader);
  const value = chosen?.value ?? 0;
  const policy = chosen?.preemptionPolicy ?? "PreemptLowerPriority";
  if (chosen && !spec.priorityClassName) spec.priorityClassName = chosen.metadata?.name ?? "";
  if (spec.priority !== undefined && spec.priority !== value) {
    const why = `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`;
    throw refusal(request, why);
  }
  spec.priority = value;
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    const why = `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`;
    throw refusal(request, why);
  }
  spec.preemptionPolicy = policy;
}

async function classOf(
  request: AdmissionRequest,
  className: string | undefined,
  reader: ObjectReader,
): Promise<PriorityClass | undefined> {
  if (!className) return defaultClass(reader);
  const found = await reader.get(resources.priorityclasses, "", className);
  if (found) return found as PriorityClass;
  throw refusal(request, `no PriorityClass with name ${className} was found`);
}

/** The default with the lowest value, should two have slipped in at the same time. */
async function defaultClass(reader: ObjectReader): Promise<PriorityClass | undefined> {
  const classes = (await reader.list(resources.priorityclasses, "")) as PriorityClass[];
  const defaults = classes.filter((c) => c.globalDefault);
  return defaults.sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
}

async function ensureOneDefault({ resource, object }: AdmissionRequest, reader: ObjectReader): Promise<void> {
  const wanted = object as PriorityClass;
  if (!wanted.globalDefault) return;
  const other = await defaultClass(reader);
  if (!other || other.metadata?.name === wanted.metadata?.name) return;
  const why = `PriorityClass ${other.metadata?.name} is already marked as default. Only one default can exist`;
  throw forbiddenRequest(resource.groupResource, wanted.metadata?.name ?? "", why);
}
