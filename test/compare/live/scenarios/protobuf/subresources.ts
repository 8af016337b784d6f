/** What is asked for once in a pod's life, and what is asked of the server: bodies and answers in protobuf. */
import type { Scenario, Step } from "../../scenario.ts";
import { accepting, both, bytesOf, get, protobuf, send, sendJson, view } from "./asking.ts";

const namespace = "proto";
const core = `/api/v1/namespaces/${namespace}`;
const apps = `/apis/apps/v1/namespaces/${namespace}`;

const pod = (name: string, more: object = {}): Record<string, unknown> => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { app: "x" } },
  spec: { containers: [{ name: "c", image: "i" }], terminationGracePeriodSeconds: 0, ...more },
});

const setup: Scenario = {
  name: "protobuf of subresources: what is there",
  steps: [
    send("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }),
    send("POST", `${core}/serviceaccounts`, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default" },
    }),
    ...["a", "b", "c", "d"].map((name) => send("POST", `${core}/pods`, pod(name))),
  ],
};

const binding = (name: string, node = "n1", kind = "Node"): Record<string, unknown> => ({
  apiVersion: "v1",
  kind: "Binding",
  metadata: { name },
  target: { kind, name: node },
});

const eviction = (name: string, deleteOptions?: object): Record<string, unknown> => ({
  apiVersion: "policy/v1",
  kind: "Eviction",
  metadata: { name },
  ...(deleteOptions ? { deleteOptions } : {}),
});

const pods: Scenario = {
  name: "protobuf of subresources: pods",
  steps: [
    send("POST", `${core}/pods/a/binding`, binding("a")),
    send("POST", `${core}/pods/a/binding`, binding("a")),
    send("POST", `${core}/pods/b/binding`, binding("b", "")),
    send("POST", `${core}/pods/b/binding`, binding("b", "n", "Else")),
    send("POST", `${core}/bindings`, binding("b", "n2")),
    sendJson("POST", `${core}/pods/c/binding`, binding("c")),
    get(`${core}/pods/b`),
    send("POST", `${core}/pods/c/eviction?dryRun=All`, eviction("c")),
    send("POST", `${core}/pods/c/eviction`, eviction("else")),
    send("POST", `${core}/pods/none/eviction`, eviction("none")),
    send("POST", `${core}/pods/c/eviction`, eviction("c", { preconditions: { resourceVersion: "1" } })),
    {
      method: "POST",
      path: `${core}/pods/c/eviction`,
      headers: both,
      body: bytesOf({ ...eviction("c"), apiVersion: "policy/v1beta1" }, "policy/v1.Eviction"),
    },
    sendJson("POST", `${core}/pods/d/eviction`, eviction("d", { gracePeriodSeconds: 0 })),
    sendJson(
      "PATCH",
      `${core}/pods/a/ephemeralcontainers`,
      {
        spec: { ephemeralContainers: [{ name: "e", image: "i" }] },
      },
      "application/strategic-merge-patch+json",
    ),
    sendJson(
      "PATCH",
      `${core}/pods/a/resize`,
      {
        spec: { containers: [{ name: "c", resources: { requests: { cpu: "1" } } }] },
      },
      "application/strategic-merge-patch+json",
    ),
    get(`${core}/pods/a/resize`),
    get(`${core}/pods/a/log`),
    get(`${core}/pods/none/log`),
    send("DELETE", `${core}/pods`, { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 0 }),
    send("DELETE", `${core}/pods`, { apiVersion: "v1", kind: "DeleteOptions" }),
  ],
};

const scaled = (kind: string): Record<string, unknown> => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name: "s" },
  spec: {
    selector: { matchLabels: { app: "y" } },
    serviceName: "s",
    template: { metadata: { labels: { app: "y" } }, spec: { containers: [{ name: "c", image: "i" }] } },
  },
});

const scale = (replicas: number, name = "s", more: object = {}): Record<string, unknown> => ({
  apiVersion: "autoscaling/v1",
  kind: "Scale",
  metadata: { name, namespace, ...more },
  spec: { replicas },
});

function scaleSteps(path: string, object: Record<string, unknown>): Step[] {
  const one = `${path}/s`;
  return [
    send("POST", path, object),
    get(`${one}/scale`),
    send("PUT", `${one}/scale`, scale(3)),
    send("PUT", `${one}/scale`, scale(0)),
    send("PUT", `${one}/scale`, scale(-1)),
    send("PUT", `${one}/scale`, scale(1, "else")),
    send("PUT", `${one}/scale`, scale(1, "s", { resourceVersion: "1" })),
    sendJson("PATCH", `${one}/scale`, { spec: { replicas: 2 } }, "application/merge-patch+json"),
    get(`${one}/scale`, { accept: view("PartialObjectMetadata") }),
    get(`${one}/scale`, { accept: view("Table") }),
    get(`${path}/none/scale`),
    send("DELETE", one, { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Orphan" }),
    send("DELETE", one, { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Foreground" }),
  ];
}

const scales: Scenario = {
  name: "protobuf of subresources: scale",
  steps: [
    ...scaleSteps(`${apps}/deployments`, scaled("Deployment")),
    ...scaleSteps(`${apps}/replicasets`, scaled("ReplicaSet")),
    ...scaleSteps(`${apps}/statefulsets`, scaled("StatefulSet")),
    ...scaleSteps(`${core}/replicationcontrollers`, {
      ...scaled("ReplicationController"),
      apiVersion: "v1",
      spec: { ...(scaled("x")["spec"] as object), selector: { app: "y" } },
    }),
  ],
};

const tokenRequest = (spec: object): Record<string, unknown> => ({
  apiVersion: "authentication.k8s.io/v1",
  kind: "TokenRequest",
  spec,
});

const tokens: Scenario = {
  name: "protobuf of subresources: tokens",
  steps: [
    send("POST", `${core}/serviceaccounts/default/token`, tokenRequest({ audiences: ["a"], expirationSeconds: 900 })),
    send("POST", `${core}/serviceaccounts/default/token`, tokenRequest({ audiences: [] })),
    send("POST", `${core}/serviceaccounts/default/token`, tokenRequest({ audiences: [], expirationSeconds: 1 })),
    send("POST", `${core}/serviceaccounts/none/token`, tokenRequest({ audiences: [] })),
    sendJson("POST", `${core}/serviceaccounts/default/token`, tokenRequest({})),
  ],
};

const reviewOf = (group: string, kind: string, spec?: object): Record<string, unknown> => ({
  apiVersion: `${group}/v1`,
  kind,
  metadata: {},
  ...(spec ? { spec } : {}),
});

const authorization = "authorization.k8s.io";
const authentication = "authentication.k8s.io";
const attributes = { verb: "get", resource: "pods", namespace };

const reviewBodies: readonly (readonly [string, Record<string, unknown>])[] = [
  [
    `${authorization}/v1/selfsubjectaccessreviews`,
    reviewOf(authorization, "SelfSubjectAccessReview", { resourceAttributes: attributes }),
  ],
  [`${authorization}/v1/selfsubjectaccessreviews`, reviewOf(authorization, "SelfSubjectAccessReview", {})],
  [
    `${authorization}/v1/subjectaccessreviews`,
    reviewOf(authorization, "SubjectAccessReview", {
      user: "u",
      groups: ["g", "h"],
      uid: "1",
      extra: { a: ["b", "c"], d: [] },
      nonResourceAttributes: { path: "/healthz", verb: "get" },
    }),
  ],
  [
    `${authorization}/v1/subjectaccessreviews`,
    reviewOf(authorization, "SubjectAccessReview", { resourceAttributes: attributes }),
  ],
  [
    `${authorization}/v1/subjectaccessreviews`,
    reviewOf(authorization, "SubjectAccessReview", {
      user: "u",
      resourceAttributes: {
        ...attributes,
        labelSelector: { requirements: [{ key: "a", operator: "In", values: ["b"] }] },
        fieldSelector: { rawSelector: "a=b" },
      },
    }),
  ],
  [
    `${authorization}/v1/namespaces/${namespace}/localsubjectaccessreviews`,
    {
      ...reviewOf(authorization, "LocalSubjectAccessReview", { user: "u", resourceAttributes: attributes }),
      metadata: { namespace },
    },
  ],
  [
    `${authorization}/v1/selfsubjectrulesreviews`,
    reviewOf(authorization, "SelfSubjectRulesReview", { namespace: "default" }),
  ],
  [`${authentication}/v1/selfsubjectreviews`, reviewOf(authentication, "SelfSubjectReview")],
  [`${authentication}/v1/tokenreviews`, reviewOf(authentication, "TokenReview", { token: "x" })],
  [`${authentication}/v1/tokenreviews`, reviewOf(authentication, "TokenReview", { token: "x", audiences: ["a"] })],
  [`${authentication}/v1/tokenreviews`, reviewOf(authentication, "TokenReview", {})],
];

const reviews: Scenario = {
  name: "protobuf of subresources: reviews",
  steps: reviewBodies.flatMap(([path, body]) => [
    send("POST", `/apis/${path}`, body),
    send("POST", `/apis/${path}`, body, { "content-type": protobuf }),
    sendJson("POST", `/apis/${path}`, body),
  ]),
};

const others: Scenario = {
  name: "protobuf of subresources: others",
  steps: [
    get("/api/v1/componentstatuses"),
    get("/api/v1/componentstatuses/etcd-0"),
    get("/api/v1/componentstatuses/none"),
    get("/api/v1/componentstatuses", { accept: view("PartialObjectMetadataList") }),
    {
      method: "PUT",
      path: `/api/v1/namespaces/${namespace}/finalize`,
      headers: both,
      body: bytesOf({
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: namespace },
        spec: { finalizers: ["kubernetes", "example.com/f"] },
      }),
    },
    send("DELETE", `/api/v1/namespaces/${namespace}`, { apiVersion: "v1", kind: "DeleteOptions" }),
    get(`/api/v1/namespaces/${namespace}`),
    send("POST", `${core}/configmaps`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "late" } }),
    send("PUT", `/api/v1/namespaces/${namespace}/finalize`, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace },
    }),
    { method: "GET", path: `/api/v1/namespaces/${namespace}`, headers: accepting },
  ],
};

export const protobufSubresources: readonly Scenario[] = [setup, pods, scales, tokens, reviews, others];
