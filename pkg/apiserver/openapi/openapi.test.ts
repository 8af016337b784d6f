/** Against the types that the reference publishes (descriptions left out). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { schema } from "#api/index.ts";
import { allSchemas, OpenApiDocuments } from "./index.ts";

const file = join(import.meta.dirname, "../../../test/data/openapi/api-types.json.gz");
const recorded = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Record<string, Record<string, unknown>>;

const knownDifferences = [
  "io.k8s.api.apps.v1.DaemonSetSpec.selector",
  "io.k8s.api.apps.v1.DeploymentSpec.selector",
  "io.k8s.api.apps.v1.ReplicaSetSpec.selector",
  "io.k8s.api.apps.v1.StatefulSetOrdinals.start",
  "io.k8s.api.apps.v1.StatefulSetSpec.selector",
  "io.k8s.api.apps.v1.StatefulSetSpec.serviceName",
  "io.k8s.api.apps.v1.StatefulSetStatus.availableReplicas",
  "io.k8s.api.authentication.v1.TokenRequestSpec.boundObjectRef",
  "io.k8s.api.autoscaling.v1.ScaleSpec.replicas",
  "io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern.status",
  "io.k8s.api.core.v1.AzureDiskVolumeSource.readOnly",
  "io.k8s.api.core.v1.ConfigMapEnvSource.name",
  "io.k8s.api.core.v1.ConfigMapKeySelector.name",
  "io.k8s.api.core.v1.ConfigMapProjection.name",
  "io.k8s.api.core.v1.ConfigMapVolumeSource.name",
  "io.k8s.api.core.v1.Event.reportingComponent",
  "io.k8s.api.core.v1.Event.reportingInstance",
  "io.k8s.api.core.v1.FileKeySelector.optional",
  "io.k8s.api.core.v1.GRPCAction.service",
  "io.k8s.api.core.v1.LocalObjectReference.name",
  "io.k8s.api.core.v1.NodeRuntimeHandler.name",
  "io.k8s.api.core.v1.PersistentVolumeClaimStatus.allocatedResourceStatuses",
  "io.k8s.api.core.v1.PersistentVolumeSpec.claimRef",
  "io.k8s.api.core.v1.ReplicationControllerSpec.minReadySeconds",
  "io.k8s.api.core.v1.ScaleIOPersistentVolumeSource.secretRef",
  "io.k8s.api.core.v1.ScaleIOVolumeSource.secretRef",
  "io.k8s.api.core.v1.SecretEnvSource.name",
  "io.k8s.api.core.v1.SecretKeySelector.name",
  "io.k8s.api.core.v1.SecretProjection.name",
  "io.k8s.api.flowcontrol.v1.FlowSchemaSpec.matchingPrecedence",
  "io.k8s.api.flowcontrol.v1.QueuingConfiguration.handSize",
  "io.k8s.api.flowcontrol.v1.QueuingConfiguration.queueLengthLimit",
  "io.k8s.api.flowcontrol.v1.QueuingConfiguration.queues",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps.$ref",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps.allOf",
  "io.k8s.apimachinery.pkg.apis.meta.v1.APIGroup.apiVersion",
  "io.k8s.apimachinery.pkg.apis.meta.v1.APIGroup.kind",
  "io.k8s.apimachinery.pkg.apis.meta.v1.APIVersions.apiVersion",
  "io.k8s.apimachinery.pkg.apis.meta.v1.APIVersions.kind",
  "io.k8s.apimachinery.pkg.apis.meta.v1.APIGroupList is missing",
  "io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList is missing",
  "io.k8s.apimachinery.pkg.version.Info is missing",
];

/** The record has bare references where the documents have full ones, in an allOf where something stands beside them. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== "object" || value === null) return value;
  const { allOf, ...rest } = value as Record<string, unknown>;
  const merged = Array.isArray(allOf) ? { ...(allOf[0] as object), ...rest } : rest;
  return Object.fromEntries(
    Object.entries(merged).map(([key, item]) => [
      key,
      key === "$ref" ? String(item).replace("#/components/schemas/", "") : bare(item),
    ]),
  );
}

test("every published type, field by field", () => {
  const ours = allSchemas(schema.resources);
  const differences: string[] = [];
  for (const [name, theirs] of Object.entries(recorded)) {
    const mine = bare(ours.get(name)) as Record<string, unknown> | undefined;
    if (!mine) {
      differences.push(`${name} is missing`);
      continue;
    }
    const fields = (s: Record<string, unknown>) => (s["properties"] ?? {}) as Record<string, unknown>;
    for (const field of new Set([...Object.keys(fields(theirs)), ...Object.keys(fields(mine))])) {
      try {
        assert.deepEqual(fields(mine)[field], fields(theirs)[field]);
      } catch {
        differences.push(
          `${name}.${field}: ${JSON.stringify(fields(mine)[field])} is not ${JSON.stringify(fields(theirs)[field])}`,
        );
      }
    }
  }
  // Defaults and map types that the tables do not say (yet); everything else must be equal.
  assert.deepEqual(differences.map((d) => d.split(": ")[0]).sort(), [...knownDifferences].sort());
});

test("the index leads to documents whose references resolve", () => {
  const documents = new OpenApiDocuments(schema.resources, "v1.35.4");
  const { paths } = JSON.parse(documents.index().bytes.toString()) as {
    paths: Record<string, { serverRelativeURL: string }>;
  };
  assert.ok(Object.keys(paths).includes("apis/apps/v1"));
  for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
    const document = documents.document(path);
    assert.ok(document && serverRelativeURL.endsWith(document.hash), path);
    const text = document.bytes.toString();
    const { components } = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
    for (const [, name] of text.matchAll(/#\/components\/schemas\/([^"]+)/g)) {
      assert.ok(Object.hasOwn(components.schemas, name!), `${path}: ${name}`);
    }
  }
  assert.equal(documents.document("apis/nothing/v1"), undefined);
});
