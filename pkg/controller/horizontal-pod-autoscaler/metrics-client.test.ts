/** Metrics of pods, objects and the outside, against answers as their servers give them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MetricSpec } from "#api/types/autoscaling/v2";
import type { Pod } from "#api/types/core/v1";
import { systemClock } from "#pkg/apimachinery/clock.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { Client } from "#pkg/client/index.ts";
import { ServedKinds } from "../framework/served-kinds.ts";
import { MetricsClient } from "./metrics-client.ts";
import { MetricError, propose, type Target } from "./sources.ts";

const now = Date.parse("2026-01-01T01:00:00Z");
const { signal } = new AbortController();
const timestamp = "2026-01-01T00:59:50Z";
const custom = "/apis/custom.metrics.k8s.io";

/** A server that knows these paths. */
function serverOf(answers: Record<string, unknown>): { client: MetricsClient; asked: string[] } {
  const asked: string[] = [];
  const request = async (_method: string, path: string) => {
    asked.push(path);
    const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
    if (answer === undefined) throw new StatusError("NotFound", "404 page not found");
    return answer;
  };
  const client = { request } as unknown as Client;
  return { client: new MetricsClient(client, new ServedKinds(client, systemClock)), asked };
}

const pod = (name: string): Pod => ({
  metadata: { name, namespace: "d" },
  spec: { containers: [{ name: "c" }] },
  status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
});
const target = (replicas: number): Target => ({
  autoscaler: {
    metadata: { name: "a", namespace: "d" },
    spec: { scaleTargetRef: { kind: "Deployment", name: "w" }, maxReplicas: 10 },
  },
  selector: "app=w",
  pods: Array.from({ length: replicas }, (_, i) => pod(`p${i}`)),
  specReplicas: replicas,
  statusReplicas: replicas,
  tolerances: { up: 0.1, down: 0.1 },
  rules: { cpuInitializationMs: 0, initialReadinessDelayMs: 0 },
  now,
});
const group = { preferredVersion: { version: "v1beta2" }, versions: [{ version: "v1beta2" }, { version: "v1beta1" }] };

test("a metric of each pod", async () => {
  const path = `${custom}/v1beta2/namespaces/d/pods/*/hits?labelSelector=app%3Dw&metricLabelSelector=zone%3Da`;
  const items = ["p0", "p1"].map((name) => ({ describedObject: { name }, timestamp, value: "1500m" }));
  const { client } = serverOf({ [custom]: group, [path]: { items } });
  const metric = { name: "hits", selector: { matchLabels: { zone: "a" } } };
  const spec: MetricSpec = { type: "Pods", pods: { metric, target: { type: "AverageValue", averageValue: "1" } } };
  const { replicas, name, status } = await propose(client, spec, target(2), signal);
  assert.deepEqual([replicas, name], [3, "pods metric hits"]);
  assert.deepEqual(status, { type: "Pods", pods: { metric, current: { averageValue: "1500m" } } });
});

test("a metric of an object, whose kind may be any", async () => {
  const path = `${custom}/v1beta1/namespaces/d/ingresses.networking.k8s.io/front/rps`;
  const { client } = serverOf({
    [custom]: { versions: [{ version: "v1beta1" }] },
    "/apis/networking.k8s.io": { preferredVersion: { groupVersion: "networking.k8s.io/v1" } },
    "/apis/networking.k8s.io/v1": { resources: [{ name: "ingresses", kind: "Ingress", namespaced: true }] },
    [path]: { items: [{ timestamp, value: "40" }] },
  });
  const described = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "front" };
  const of = (wanted: object): MetricSpec => ({
    type: "Object",
    object: { metric: { name: "rps" }, describedObject: described, target: { type: "", ...wanted } },
  });
  const whole = await propose(client, of({ type: "Value", value: "10" }), target(2), signal);
  assert.deepEqual([whole.replicas, whole.name], [8, "Ingress metric rps"]);
  const shared = await propose(client, of({ type: "AverageValue", averageValue: "10" }), target(2), signal);
  assert.equal(shared.replicas, 4);
  assert.deepEqual(shared.status.object?.current, { averageValue: "20" });
});

test("a metric of a namespace has a path of its own", async () => {
  const path = `${custom}/v1beta2/namespaces/d/metrics/backlog`;
  const { client, asked } = serverOf({ [custom]: group, [path]: { items: [{ timestamp, value: "4" }] } });
  const object = { kind: "Namespace", name: "d", apiVersion: "v1" };
  assert.equal(await client.object({ metric: "backlog", namespace: "d", object, metricSelector: "" }, signal), 4000);
  assert.deepEqual(asked, [custom, path]);
});

test("a metric from outside is the sum of its values", async () => {
  const path = "/apis/external.metrics.k8s.io/v1beta1/namespaces/d/queue?labelSelector=q%3Da";
  const { client } = serverOf({
    [path]: {
      items: [
        { timestamp, value: "30" },
        { timestamp, value: "20" },
      ],
    },
  });
  const metric = { name: "queue", selector: { matchLabels: { q: "a" } } };
  const spec: MetricSpec = {
    type: "External",
    external: { metric, target: { type: "AverageValue", averageValue: "10" } },
  };
  const { replicas, name, status } = await propose(client, spec, target(2), signal);
  assert.equal(replicas, 5);
  assert.equal(
    name,
    "external metric queue(&LabelSelector{MatchLabels:map[string]string{q: a,},MatchExpressions:[]LabelSelectorRequirement{},})",
  );
  assert.deepEqual(status.external?.current, { averageValue: "25" });
});

test("what is not served is said in the words that people search for", async () => {
  const { client } = serverOf({});
  const refused = (reason: string, message: string) => (error: unknown) => {
    assert.ok(error instanceof MetricError);
    assert.deepEqual([error.reason, error.message], [reason, message]);
    return true;
  };
  const pods: MetricSpec = { type: "Pods", pods: { metric: { name: "hits" }, target: { type: "AverageValue" } } };
  await assert.rejects(
    propose(client, pods, target(1), signal),
    refused(
      "FailedGetPodsMetric",
      "failed to get pods metric value: unable to get metric hits: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
    ),
  );
  const external: MetricSpec = {
    type: "External",
    external: { metric: { name: "queue" }, target: { type: "Value", value: "1" } },
  };
  await assert.rejects(
    propose(client, external, target(1), signal),
    refused(
      "FailedGetExternalMetric",
      "failed to get queue external metric value: failed to get external metric queue: unable to get external metric d/queue/nil: unable to fetch metrics from external metrics API: the server could not find the requested resource (get queue.external.metrics.k8s.io)",
    ),
  );
});
