/** Which requests the standards are about, and where in their objects the pods are. */
import type { PodTemplateSpec } from "#api/types/core/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { AdmissionRequest } from "../plugin.ts";
import type { PodShape } from "./check.ts";

export type Subject = "pod" | "namespace" | "controller";

/** Subresources of pods that say nothing of what runs in them. An unknown one may. */
const harmless = new Set(["exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"]);

/** What makes pods out of a template, by the resource. */
const controllers: ReadonlyMap<string, { readonly group: string; readonly isNested?: true }> = new Map([
  ["replicationcontrollers", { group: "" }],
  ["podtemplates", { group: "" }],
  ["replicasets", { group: "apps" }],
  ["deployments", { group: "apps" }],
  ["statefulsets", { group: "apps" }],
  ["daemonsets", { group: "apps" }],
  ["jobs", { group: "batch" }],
  ["cronjobs", { group: "batch", isNested: true }],
]);

/** Undefined: not concerned. */
export function subjectOf({ operation, resource, subresource }: AdmissionRequest): Subject | undefined {
  if (operation !== "CREATE" && operation !== "UPDATE") return undefined;
  const { group, plural } = resource.def;
  if (group === "" && plural === "pods") return harmless.has(subresource) ? undefined : "pod";
  if (subresource !== "") return undefined;
  if (group === "" && plural === "namespaces") return "namespace";
  return controllers.get(plural)?.group === group ? "controller" : undefined;
}

/** PodTemplates hold it at the top, CronJobs in the template of their jobs. */
interface Holder {
  readonly template?: PodTemplateSpec;
  readonly spec?: { readonly template?: PodTemplateSpec; readonly jobTemplate?: Holder };
}

/** The template of a controller's pods; undefined where there is none. */
export function templateOf({ resource }: AdmissionRequest, object: KubeObject): PodShape | undefined {
  const holder = object as Holder;
  if (resource.def.plural === "podtemplates") return holder.template;
  return controllers.get(resource.def.plural)?.isNested
    ? holder.spec?.jobTemplate?.spec?.template
    : holder.spec?.template;
}
