/** What upstream's documents declare of single fields and the tables have no use for. */
import type { Schema } from "./schemas.ts";

const core = (names: string): string[] => names.split(" ").map((name) => `core/v1.${name}`);

/** Zeros that decoding would never write. */
const zeros = new Map<string, unknown>([
  ...core(
    "ConfigMapEnvSource ConfigMapKeySelector ConfigMapProjection ConfigMapVolumeSource LocalObjectReference " +
      "NodeRuntimeHandler SecretEnvSource SecretKeySelector SecretProjection",
  ).map((type): [string, unknown] => [`${type}.name`, ""]),
  ...core("Event.reportingComponent Event.reportingInstance GRPCAction.service").map((f): [string, unknown] => [f, ""]),
  ...core("AzureDiskVolumeSource.readOnly FileKeySelector.optional").map((f): [string, unknown] => [f, false]),
  ["core/v1.ReplicationControllerSpec.minReadySeconds", 0],
  ["apps/v1.StatefulSetOrdinals.start", 0],
  ["apps/v1.StatefulSetSpec.serviceName", ""],
  ["apps/v1.StatefulSetStatus.availableReplicas", 0],
  ["autoscaling/v1.ScaleSpec.replicas", 0],
  ["batch/v1.PodFailurePolicyOnPodConditionsPattern.status", ""],
  ["flowcontrol.apiserver.k8s.io/v1.FlowSchemaSpec.matchingPrecedence", 0],
  ["flowcontrol.apiserver.k8s.io/v1.QueuingConfiguration.handSize", 0],
  ["flowcontrol.apiserver.k8s.io/v1.QueuingConfiguration.queueLengthLimit", 0],
  ["flowcontrol.apiserver.k8s.io/v1.QueuingConfiguration.queues", 0],
]);

/** Pointers that are always written. */
const withoutDefault: ReadonlySet<string> = new Set([
  "authentication.k8s.io/v1.TokenRequestSpec.boundObjectRef",
  ...["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"].map((kind) => `apps/v1.${kind}Spec.selector`),
  ...core("ScaleIOVolumeSource.secretRef ScaleIOPersistentVolumeSource.secretRef"),
]);

/** Fields without a description, whose references need no allOf. */
const withoutDescription: ReadonlySet<string> = new Set([
  ...["additionalItems", "additionalProperties", "example", "externalDocs", "items", "not"].map(
    (field) => `apiextensions.k8s.io/v1.JSONSchemaProps.${field}`,
  ),
  "networking.k8s.io/v1.IngressRule.http",
]);

const granular: ReadonlySet<string> = new Set(
  core("PersistentVolumeClaimStatus.allocatedResourceStatuses PersistentVolumeSpec.claimRef"),
);

const resizeStatuses = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending",
];

/** `field`: `core/v1.Event.reportingInstance`. `schema` is changed in place where nothing else holds it. */
export function declare(field: string, schema: Schema): Schema {
  if (zeros.has(field)) schema["default"] = zeros.get(field);
  if (withoutDefault.has(field)) delete schema["default"];
  if (field === "core/v1.PersistentVolumeClaimStatus.allocatedResourceStatuses") {
    schema["additionalProperties"] = { ...(schema["additionalProperties"] as Schema), enum: resizeStatuses };
  }
  // Upstream's fields have a description each, so that their references stand in an allOf.
  const out = "$ref" in schema && !withoutDescription.has(field) ? { allOf: [schema] } : schema;
  return granular.has(field) ? { ...out, "x-kubernetes-map-type": "granular" } : out;
}
