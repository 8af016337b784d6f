/** Autoscalers over metrics that stand in the API: custom resources in the place of a metrics server. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { HorizontalPodAutoscalerSpec, HorizontalPodAutoscalerStatus } from "#api/types/autoscaling/v2";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { Client } from "#pkg/client/index.ts";
import { eventually } from "#test/support/cluster.ts";
import { setPod, startControllers, type TestControllers, untilEvent } from "./support.ts";

let controllers: TestControllers;
let client: Client;
const namespace = "default";
const group = "metrics.k8s.io";

before(async () => {
  const names = ["replicaset-controller", "deployment-controller", "horizontal-pod-autoscaler-controller"];
  const horizontalAutoscaling = { syncPeriodMs: 200, downscaleStabilizationMs: 1_000, cpuInitializationMs: 0 };
  controllers = await startControllers(names, { horizontalAutoscaling });
  client = controllers.client;
  await eventually(async () => (await client.serviceaccounts.get({ namespace, name: "default" })) !== null);
});
after(() => controllers[Symbol.asyncDispose]());

async function serveMetrics(): Promise<void> {
  const anything = { type: "object" as const, "x-kubernetes-preserve-unknown-fields": true };
  await client.customresourcedefinitions.create({
    metadata: { name: `pods.${group}`, annotations: { "api-approved.kubernetes.io": "unapproved, a test" } },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "pods", singular: "pod", kind: "PodMetrics", listKind: "PodMetricsList" },
      versions: [{ name: "v1beta1", served: true, storage: true, schema: { openAPIV3Schema: anything } }],
    },
  });
}

const metricsRef = { group, version: "v1beta1", kind: "PodMetrics", plural: "pods", namespaced: true };

/** Says what every pod of an application uses. */
async function use(app: string, cpu: string): Promise<void> {
  const { items } = await client.pods.list({ namespace, labelSelector: `app=${app}` });
  for (const { metadata } of items) {
    const name = metadata.name ?? "";
    await setPod(client, name, true, { startTime: "2026-01-01T00:00:00Z" });
    const measured = {
      apiVersion: `${group}/v1beta1`,
      kind: "PodMetrics",
      metadata: { name, namespace, labels: { app } },
      timestamp: new Date().toISOString().replace(/\.\d+/, ""),
      window: "30s",
      containers: [{ name: "c", usage: { cpu } }],
    } as unknown as KubeObject;
    await client
      .resource(metricsRef)
      .patch({ namespace, name }, measured, { type: "apply", fieldManager: "test", force: true });
  }
}

async function deploy(app: string, replicas: number): Promise<void> {
  const containers = [{ name: "c", image: "i", resources: { requests: { cpu: "1" } } }];
  await client.deployments.create({
    metadata: { name: app, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app } },
      template: { metadata: { labels: { app } }, spec: { containers } },
    },
  });
  await podsOf(app, replicas);
}

const podsOf = (app: string, count: number) =>
  eventually(
    async () => (await client.pods.list({ namespace, labelSelector: `app=${app}` })).items.length === count || false,
    { everyMs: 50 },
  );
const autoscale = (app: string, spec: Partial<HorizontalPodAutoscalerSpec>, kind = "Deployment") =>
  client.horizontalpodautoscalers.create({
    metadata: { name: app, namespace },
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind, name: app }, maxReplicas: 10, ...spec },
  });
const cpuOf = (averageUtilization: number) => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
});
const untilStatus = (name: string, wanted: (status: HorizontalPodAutoscalerStatus) => void) =>
  eventually(
    async () => {
      const { status } = await client.horizontalpodautoscalers.get({ namespace, name });
      assert.ok(status);
      wanted(status);
      return status;
    },
    { everyMs: 50, withinMs: 15_000 },
  );
const condition = ({ conditions = [] }: HorizontalPodAutoscalerStatus, type: string) => {
  const found = conditions.find((each) => each.type === type);
  return `${found?.status} ${found?.reason}`;
};

test("without metrics nothing is scaled, and it is said why", async () => {
  await deploy("blind", 2);
  await autoscale("blind", { metrics: [cpuOf(50)] });
  const why =
    "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)";
  const status = await untilStatus("blind", (s) =>
    assert.equal(condition(s, "ScalingActive"), "False FailedGetResourceMetric"),
  );
  const active = status.conditions?.find(({ type }) => type === "ScalingActive");
  assert.equal(active?.message, `the HPA was unable to compute the replica count: ${why}`);
  assert.equal(condition(status, "AbleToScale"), "True SucceededGetScale");
  assert.equal(status.currentReplicas, 2);
  await untilEvent(client, "blind", `FailedGetResourceMetric: ${why}`);
  await untilEvent(
    client,
    "blind",
    `FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${why}`,
  );
});

test("grows and shrinks with the load, within its bounds", async () => {
  await serveMetrics();
  await deploy("web", 2);
  await autoscale("web", { minReplicas: 2, maxReplicas: 5, metrics: [cpuOf(50)] });
  await eventually(async () => {
    await use("web", "900m");
    return true;
  });
  await podsOf("web", 4);
  await untilEvent(
    client,
    "web",
    "SuccessfulRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target",
  );
  await use("web", "900m");
  await podsOf("web", 5);
  await untilStatus("web", (s) => {
    assert.equal(condition(s, "ScalingActive"), "True ValidMetricFound");
    assert.equal(condition(s, "ScalingLimited"), "True TooManyReplicas");
    assert.equal(s.currentReplicas, 5);
    assert.ok(s.lastScaleTime);
  });
  await use("web", "100m");
  await podsOf("web", 2);
  await untilEvent(client, "web", "SuccessfulRescale: New size: 2; reason: All metrics below target");
  const status = await untilStatus("web", (s) => {
    assert.equal(s.currentReplicas, 2);
    assert.equal(condition(s, "ScalingLimited"), "True TooFewReplicas");
  });
  assert.deepEqual(status.currentMetrics, [
    { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 10, averageValue: "100m" } } },
  ]);
});

test("bounds hold without metrics; a target of zero replicas is left alone", async () => {
  await deploy("few", 1);
  await autoscale("few", { minReplicas: 3, metrics: [cpuOf(50)] });
  await podsOf("few", 3);
  await untilEvent(
    client,
    "few",
    "SuccessfulRescale: New size: 3; reason: Current number of replicas below Spec.MinReplicas",
  );
  await deploy("off", 0);
  await autoscale("off", { metrics: [cpuOf(50)] });
  await untilStatus("off", (s) => assert.equal(condition(s, "ScalingActive"), "False ScalingDisabled"));
});

test("targets that cannot be scaled, pods that two autoscalers want", async () => {
  await autoscale("nowhere", { metrics: [cpuOf(50)] });
  await untilStatus("nowhere", (s) => assert.equal(condition(s, "AbleToScale"), "False FailedGetScale"));
  await untilEvent(client, "nowhere", 'FailedGetScale: deployments.apps "nowhere" not found');
  await autoscale("unknown", { metrics: [cpuOf(50)] }, "Nothing");
  await untilEvent(client, "unknown", 'FailedGetScale: no matches for kind "Nothing" in group "apps"');
  await deploy("both", 1);
  await autoscale("both", { metrics: [cpuOf(50)] });
  await client.horizontalpodautoscalers.create({
    metadata: { name: "both-too", namespace },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "both" },
      maxReplicas: 3,
      metrics: [cpuOf(50)],
    },
  });
  await untilStatus("both", (s) => assert.equal(condition(s, "ScalingActive"), "False AmbiguousSelector"));
  await untilEvent(
    client,
    "both-too",
    "AmbiguousSelector: pods by selector app=both are controlled by multiple HPAs: [{both default} {both-too default}]",
  );
});
