/**
 * Gives a pod the overhead and the placement of its RuntimeClass.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/pod-overhead/
 */
import { resources } from "#api/gen/resources.ts";
import type { Pod, PodSpec, Toleration } from "#api/types/core/v1";
import type { RuntimeClass, Scheduling } from "#api/types/node.k8s.io/v1";
import { sameJson } from "#pkg/apimachinery/json.ts";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import type { ObjectReader } from "../../resources/reader.ts";
import { type AdmissionPluginFactory, type AdmissionRequest, isResource } from "../plugin.ts";
import { refusal } from "../refusal.ts";

export const runtimeClass: AdmissionPluginFactory = ({ reader }) => ({
  name: "RuntimeClass",
  handles: (request) => request.operation === "CREATE" && isResource(request, "", "pods"),
  async admit(request) {
    const { spec } = request.object as Pod;
    const found = spec && (await classOf(request, spec, reader));
    if (!found || !spec) return;
    setOverhead(request, spec, found);
    if (found.scheduling) setScheduling(request, spec, found.scheduling);
  },
  async validate(request) {
    const { spec } = request.object as Pod;
    if (!spec) return;
    const found = await classOf(request, spec, reader);
    const text = found
      ? undefined
      : spec.overhead && "pod rejected: Pod Overhead set without corresponding RuntimeClass defined";
    if (text) throw refusal(request, text);
  },
});

async function classOf(
  request: AdmissionRequest,
  { runtimeClassName }: PodSpec,
  reader: ObjectReader,
): Promise<RuntimeClass | undefined> {
  if (!runtimeClassName) return undefined;
  const cached = await reader.get(resources.runtimeclasses, "", runtimeClassName);
  const found = cached ?? (await reader.getLatest(resources.runtimeclasses, "", runtimeClassName));
  if (found) return found as RuntimeClass;
  const text = `pod rejected: RuntimeClass ${JSON.stringify(runtimeClassName)} not found`;
  throw refusal(request, text);
}

type Amounts = Readonly<Record<string, string>>;

function setOverhead(request: AdmissionRequest, spec: PodSpec, { overhead }: RuntimeClass): void {
  const fixed = overhead?.podFixed;
  if (!fixed && !spec.overhead) return;
  if (spec.overhead && !sameAmounts(spec.overhead, fixed ?? {})) {
    const text = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
    throw refusal(request, text);
  }
  if (fixed) spec.overhead = { ...fixed };
}

function sameAmounts(a: Amounts, b: Amounts): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every(
    (name) => Object.hasOwn(b, name) && parseQuantity(a[name] ?? "").equals(parseQuantity(b[name] ?? "")),
  );
}

function setScheduling(request: AdmissionRequest, spec: PodSpec, scheduling: Scheduling): void {
  const selector = spec.nodeSelector ?? {};
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    if (!Object.hasOwn(selector, key) || selector[key] === value) continue;
    const text = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${selector[key]}`;
    throw refusal(request, text);
  }
  if (scheduling.nodeSelector) spec.nodeSelector = { ...selector, ...scheduling.nodeSelector };
  const present = spec.tolerations ?? [];
  const added = (scheduling.tolerations ?? []).filter(
    (toleration: Toleration) => !present.some((one) => sameJson(one, toleration)),
  );
  if (added.length > 0) spec.tolerations = [...present, ...added];
}
