import assert from "node:assert/strict";
import { test } from "node:test";
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec } from "#api/types/autoscaling/v2";
import { validateAutoscalerUpdate, validateNewAutoscaler } from "./validate.ts";

const cpu: MetricSpec = {
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
};
const deployment = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };
const autoscaler = (spec: Partial<HorizontalPodAutoscalerSpec>): HorizontalPodAutoscaler => ({
  metadata: { name: "a" },
  spec: { minReplicas: 1, maxReplicas: 5, scaleTargetRef: deployment, metrics: [cpu], ...spec },
});

const news: readonly { name: string; spec: Partial<HorizontalPodAutoscalerSpec>; says: readonly string[] }[] = [
  { name: "good", spec: {}, says: [] },
  {
    name: "no group but for replication controllers",
    spec: { scaleTargetRef: { apiVersion: "v1", kind: "ReplicationController", name: "r" } },
    says: [],
  },
  {
    name: "three parts of a version",
    spec: { scaleTargetRef: { ...deployment, apiVersion: "a/b/c" } },
    says: ['spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
  },
  {
    name: "two sources of one metric",
    spec: {
      metrics: [{ ...cpu, pods: { metric: { name: "x" }, target: { type: "AverageValue", averageValue: "-1" } } }],
    },
    says: [
      'spec.metrics[0].pods.target.averageValue: Invalid value: "-1": must be positive',
      "spec.metrics[0].pods: Forbidden: must populate the given metric source only",
    ],
  },
  {
    name: "both targets",
    spec: {
      metrics: [
        {
          type: "External",
          external: { metric: { name: "a/b" }, target: { type: "Value", value: "1", averageValue: "1" } },
        },
      ],
    },
    says: [
      "spec.metrics[0].external.metric.name: Invalid value: \"a/b\": may not contain '/'",
      "spec.metrics[0].external.target.value: Forbidden: may not set both a target value for metric and a per-pod target",
    ],
  },
  {
    name: "windows and periods are bounded",
    spec: {
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 3601,
          policies: [{ type: "Pods", value: 1, periodSeconds: 1801 }],
          tolerance: "-100m",
        },
      },
    },
    says: [
      "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600",
      "spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800",
      'spec.behavior.scaleUp.tolerance: Invalid value: "-100m": must be greater than or equal to 0',
    ],
  },
];

for (const { name, spec, says } of news) {
  test(`a new autoscaler: ${name}`, () => {
    const texts = validateNewAutoscaler(autoscaler(spec)).map(({ field, detail }) => `${field}: ${detail}`);
    assert.deepEqual(texts, says);
  });
}

test("an unchanged target and a minimum of zero stay allowed", () => {
  const wrong = autoscaler({ minReplicas: 0, scaleTargetRef: { ...deployment, apiVersion: "v1" } });
  const fields = (old: HorizontalPodAutoscaler) => validateAutoscalerUpdate(wrong, old).map(({ field }) => field);
  assert.deepEqual(fields(wrong), ["spec.metrics"]);
  assert.deepEqual(fields(autoscaler({})), ["spec.minReplicas", "spec.scaleTargetRef.apiVersion", "spec.metrics"]);
});
