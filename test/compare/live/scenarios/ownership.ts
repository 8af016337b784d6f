/** Who owns what through several versions of a resource, through subresources that keep metadata, and in sets and plain maps. */
import type { Scenario, Step } from "../scenario.ts";
import { applyPatch, json, mergePatch, send } from "../steps.ts";

type By = (path: string, body: object, manager: string) => Step;
const by =
  (method: string, headers: typeof json): By =>
  (path, body, manager) =>
    send(method, `${path}${path.includes("?") ? "&" : "?"}fieldManager=${manager}`, body, headers);
const create = by("POST", json);
const put = by("PUT", json);
const merge = by("PATCH", mergePatch);
const apply = by("PATCH", applyPatch);

const autoscalers = (version: string) => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
const target = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };
const autoscaler = (version: string, spec: object) => ({
  apiVersion: `autoscaling/${version}`,
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "h" },
  spec: { scaleTargetRef: target, maxReplicas: 5, ...spec },
});
const cpu = (averageUtilization: number) => ({
  metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } }],
});

const versions: Scenario = {
  name: "ownership: versions of an autoscaler",
  steps: [
    apply(`${autoscalers("v1")}/h`, autoscaler("v1", { targetCPUUtilizationPercentage: 50 }), "one"),
    apply(`${autoscalers("v2")}/h`, autoscaler("v2", { minReplicas: 2 }), "two"),
    apply(`${autoscalers("v2")}/h`, autoscaler("v2", cpu(60)), "two"),
    merge(`${autoscalers("v2")}/h`, { spec: cpu(70) }, "three"),
    merge(`${autoscalers("v2")}/h`, { spec: { maxReplicas: 6 } }, "three"),
    apply(`${autoscalers("v1")}/h`, autoscaler("v1", { maxReplicas: 7 }), "one"),
    apply(`${autoscalers("v2")}/h?force=true`, autoscaler("v2", { maxReplicas: 8 }), "one"),
    { method: "GET", path: `${autoscalers("v2")}/h` },
  ],
};

const attachments = "/apis/storage.k8s.io/v1/volumeattachments";
const attachment = {
  apiVersion: "storage.k8s.io/v1",
  kind: "VolumeAttachment",
  metadata: { name: "v", labels: { a: "1" } },
  spec: { attacher: "x.io", nodeName: "n", source: { persistentVolumeName: "v" } },
};

const deployments = "/apis/apps/v1/namespaces/default/deployments";
const labels = { app: "o" };
const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "o", labels },
  spec: {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } },
  },
};

const statuses: Scenario = {
  name: "ownership: what /status keeps",
  steps: [
    create(attachments, attachment, "maker"),
    merge(`${attachments}/v/status`, { metadata: { labels: { b: "1" } }, status: { attached: true } }, "status"),
    apply(
      `${attachments}/v/status`,
      { ...attachment, metadata: { name: "v", labels: { c: "1" } }, status: { attached: true } },
      "applier",
    ),
    create(deployments, deployment, "maker"),
    merge(`${deployments}/o/status`, { metadata: { labels: { b: "1" }, annotations: { n: "1" } } }, "status"),
    apply(
      `${deployments}/o/status`,
      { ...deployment, status: { conditions: [{ type: "X", status: "True" }] } },
      "applier",
    ),
    merge(`${deployments}/o/status`, { spec: { replicas: 9 }, status: { replicas: 3 } }, "status"),
    { method: "GET", path: `${deployments}/o` },
  ],
};

const pods = "/api/v1/namespaces/default/pods";
const pod = (metadata: object, spec: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", ...metadata },
  spec: { containers: [{ name: "c", image: "i", ports: [{ containerPort: 80 }], ...spec }] },
});
const port = (rest: object) => ({ ports: [rest] });

const sets: Scenario = {
  name: "ownership: sets, keys and quantities",
  steps: [
    create("/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "default" } }, "setup"),
    apply(`${pods}/p`, pod({ finalizers: ["x.io/a", "x.io/b"] }), "one"),
    apply(`${pods}/p`, pod({ finalizers: ["x.io/b", "x.io/c"] }, port({ containerPort: 80, protocol: "TCP" })), "two"),
    apply(`${pods}/p`, pod({ finalizers: ["x.io/b"] }), "one"),
    merge(`${pods}/p`, { metadata: { finalizers: ["x.io/c"] } }, "three"),
    merge(`${pods}/p/status`, { metadata: { annotations: { n: "1" } }, status: { phase: "Running" } }, "kubelet"),
    merge(`${pods}/p`, { metadata: { annotations: { "a/b_c": '"' } } }, "three"),
    apply(`${pods}/p`, pod({ annotations: { "a/b_c": "x" } }), "four"),
    apply(`${pods}/p`, pod({ name: "p", generateName: "q" }, { resources: { limits: { cpu: 1.5 } } }), "four"),
    { method: "GET", path: `${pods}/p` },
  ],
};

const requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
const role = (metadata: object, verbs: string[]) => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "r", ...metadata },
  rules: [{ apiGroups: [""], resources: ["pods"], verbs }],
});

const managedFields: Scenario = {
  name: "ownership: managedFields from clients",
  steps: [
    apply(`${roles}/r`, role({}, ["get"]), "one"),
    apply(`${roles}/r`, role({}, ["get", "list"]), "two"),
    put(`${roles}/r`, role({}, ["watch"]), "three"),
    put(`${roles}/r`, role({ managedFields: [{}] }, ["watch"]), "three"),
    put(`${roles}/r`, role({}, ["get"]), "three"),
    apply(`${roles}/r`, role({}, ["get"]), "one"),
    merge(
      `${roles}/r`,
      {
        metadata: {
          managedFields: [
            {
              manager: "mine",
              operation: "Apply",
              apiVersion: "rbac.authorization.k8s.io/v1",
              time: "2026-01-01T00:00:00Z",
              fieldsType: "FieldsV1",
              fieldsV1: { "f:rules": {} },
            },
          ],
        },
      },
      "three",
    ),
    apply(`${roles}/r`, role({}, ["list"]), "four"),
    merge(`${roles}/r`, { metadata: { managedFields: [{ manager: "bad", operation: "What" }] } }, "three"),
    merge(
      `${roles}/r`,
      { metadata: { managedFields: [{ manager: "bad", operation: "Apply", fieldsType: "FieldsV9", fieldsV1: {} }] } },
      "three",
    ),
    { method: "GET", path: `${roles}/r` },
    { method: "GET", path: requests },
  ],
};

export const ownershipScenarios: readonly Scenario[] = [versions, statuses, sets, managedFields];
