/** Who asks: nobody, somebody else, the holder of a token. What they may not do has its words. */
import type { Scenario, Seen, Step } from "../../scenario.ts";
import { ask, send, withHeaders } from "../../steps.ts";

const namespace = "people";
const core = `/api/v1/namespaces/${namespace}`;
const accounts = `${core}/serviceaccounts`;
const somebody = { "impersonate-user": "somebody" };

const as = (headers: Record<string, string>, method = "GET", path = `${core}/configmaps`): Step =>
  withHeaders(ask(method, path, headers));

const paths: readonly string[] = [
  "/",
  "/api",
  "/apis",
  "/apis/apps/v1",
  "/version",
  "/healthz",
  "/livez",
  "/readyz",
  "/healthz/etcd",
  "/metrics",
  "/none",
  "/openapi/v3/none",
  "/.well-known/openid-configuration",
  "/debug/pprof/",
  "/logs/",
  "/api/v1/namespaces",
  "/api/v1/namespaces/none",
  "/api/v1/nodes",
  "/api/v1/configmaps",
  `${core}/configmaps`,
  `${core}/configmaps/none`,
  `${core}/pods/none/log`,
  `${core}/pods/none/exec`,
  `${core}/services/none/proxy/a/b`,
  "/apis/apps/v1/deployments",
  `/apis/apps/v1/namespaces/${namespace}/deployments/none/scale`,
  "/apis/apps/v2/deployments",
  "/apis/none.example.com/v1/things",
  `/apis/none.example.com/v1/namespaces/${namespace}/things/a`,
  "/apis/rbac.authorization.k8s.io/v1/clusterroles/cluster-admin",
  `${core}/configmaps?watch=true`,
  `${core}/configmaps?fieldSelector=metadata.name%3Da`,
  `${core}/configmaps?labelSelector=a%20b`,
  "/api/v1/namespaces/default/none",
  `${core}/configmaps/a/b/c`,
];

const methods = ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const written = [`${core}/configmaps`, `${core}/configmaps/a`, `${core}/pods/a/binding`, "/apis/apps/v1/none", "/none"];

const nobody: Scenario = {
  name: "surface of people: nobody",
  steps: [
    ...paths.map((path): Step => ({ ...ask("GET", path), anonymous: true })),
    ...methods.flatMap((method) => written.map((path): Step => ({ ...ask(method, path), anonymous: true }))),
    ...[
      "Bearer x",
      "Bearer",
      "bearer  ",
      "Basic dTpw",
      "Else x",
      "Bearer a.b.c",
      "Bearer eyJhbGciOiJub25lIn0.e30.",
    ].flatMap((authorization): Step[] => [
      { ...withHeaders(ask("GET", "/version", { authorization })), anonymous: true },
      { ...withHeaders(ask("GET", "/api/v1/nodes", { authorization })), anonymous: true },
      withHeaders(ask("GET", "/api/v1/nodes?limit=1&fieldSelector=metadata.name%3Dnone", { authorization })),
    ]),
  ],
};

const stranger: Scenario = {
  name: "surface of people: somebody",
  steps: [
    ...paths.map((path) => ask("GET", path, somebody)),
    ...methods.flatMap((method) => written.map((path) => ask(method, path, somebody))),
    send(
      "POST",
      "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      { spec: { nonResourceAttributes: { path: "/", verb: "get" } } },
      { ...somebody, "content-type": "application/json" },
    ),
    send(
      "POST",
      "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      {},
      {
        ...somebody,
        "impersonate-group": "g",
        "impersonate-uid": "1",
        "impersonate-extra-a%2fb": "c",
        "content-type": "application/json",
      },
    ),
    send(
      "POST",
      "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      { spec: { user: "u", nonResourceAttributes: { path: "/", verb: "get" } } },
      { ...somebody, "content-type": "application/json" },
    ),
  ],
};

const who = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const asks = (headers: Record<string, string>): Step =>
  withHeaders(send("POST", who, {}, { ...headers, "content-type": "application/json" }));

const impersonation: Scenario = {
  name: "surface of people: impersonation",
  steps: [
    { "impersonate-user": "a" },
    { "impersonate-user": "" },
    { "impersonate-user": "system:anonymous" },
    { "impersonate-user": "system:masters" },
    { "impersonate-user": "a", "impersonate-group": "system:masters" },
    { "impersonate-user": "a", "impersonate-group": "" },
    { "impersonate-user": "a", "impersonate-group": "system:authenticated" },
    { "impersonate-user": "a", "impersonate-group": "system:unauthenticated" },
    { "impersonate-user": "a", "impersonate-uid": "u" },
    { "impersonate-user": "a", "impersonate-extra-scopes": "s", "impersonate-extra-b%20c": "t" },
    { "impersonate-user": "a", "impersonate-extra-": "s" },
    { "impersonate-user": "a", "impersonate-extra-%zz": "s" },
    { "impersonate-user": "system:serviceaccount:people:default" },
    { "impersonate-user": "system:serviceaccount:people:default", "impersonate-group": "g" },
    { "impersonate-user": "system:serviceaccount:people" },
    { "impersonate-user": "system:node:n" },
    { "impersonate-group": "g" },
    { "impersonate-uid": "u" },
    { "impersonate-extra-a": "b" },
    { "impersonate-group": "g", "impersonate-uid": "u", "impersonate-extra-a": "b" },
  ].flatMap((headers) => [asks(headers as Record<string, string>), as(headers as Record<string, string>)]),
};

const tokenOf = ({ last }: Seen): string => (last as { status?: { token?: string } })?.status?.token ?? "none";

/** Each asks for a token of its own: what was asked before is forgotten with the next answer. */
function bearing(step: Step, spec: object = {}): Scenario["steps"] {
  return [
    send("POST", `${accounts}/bearer/token`, { spec }),
    (seen: Seen): Step => ({
      ...step,
      anonymous: true,
      headers: { ...step.headers, authorization: `Bearer ${tokenOf(seen)}` },
    }),
  ];
}

const bearers: Scenario = {
  name: "surface of people: a service account",
  steps: [
    send("POST", "/api/v1/namespaces", { metadata: { name: namespace } }),
    send("POST", accounts, { metadata: { name: "bearer" } }),
    ...bearing(send("POST", who, {})),
    ...bearing(ask("GET", "/api")),
    ...bearing(ask("GET", `${core}/configmaps`)),
    ...bearing(ask("GET", "/api/v1/nodes/none")),
    ...bearing(ask("GET", "/metrics")),
    ...bearing(ask("GET", "/.well-known/openid-configuration")),
    ...bearing(ask("GET", `${core}/configmaps`, somebody)),
    ...bearing(ask("GET", `${core}/configmaps`, { "impersonate-user": "system:serviceaccount:people:bearer" })),
    ...bearing(ask("GET", `${core}/configmaps`, { ...somebody, "impersonate-group": "g" })),
    ...bearing(ask("GET", "/version"), { audiences: ["else"] }),
    ...bearing(ask("GET", `${core}/configmaps`), { audiences: ["else"] }),
    ...bearing(ask("GET", "/version"), { expirationSeconds: 600 }),
    ...bearing(send("POST", who, {}), { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "none" } }),
    ...bearing(send("POST", who, {}), { boundObjectRef: { kind: "Else", apiVersion: "v1", name: "none" } }),
    ...bearing(send("POST", `${core}/serviceaccounts/bearer/token`, { spec: {} })),
    ...bearing(
      send("POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", {
        metadata: { name: "more" },
        rules: [{ verbs: ["*"], apiGroups: [""], resources: ["pods"] }],
      }),
    ),
    send("POST", `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`, {
      metadata: { name: "reader" },
      rules: [
        { verbs: ["get", "list"], apiGroups: [""], resources: ["configmaps"], resourceNames: ["a"] },
        {
          verbs: ["create", "bind", "escalate"],
          apiGroups: ["rbac.authorization.k8s.io"],
          resources: ["rolebindings"],
        },
        { verbs: ["create"], apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"] },
      ],
    }),
    {
      ...send("POST", `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
        metadata: { name: "reader" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
        subjects: [{ kind: "ServiceAccount", name: "bearer", namespace }],
      }),
    },
    ...bearing({ ...ask("GET", `${core}/configmaps/a`), until: (_, code) => code === 404 }),
    ...bearing(ask("GET", `${core}/configmaps/b`)),
    ...bearing(ask("GET", `${core}/configmaps`)),
    ...bearing(ask("GET", `${core}/configmaps?fieldSelector=metadata.name%3Da`)),
    ...bearing(ask("GET", `${core}/configmaps?fieldSelector=metadata.name%3Db`)),
    ...bearing(
      send("POST", `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`, {
        metadata: { name: "more" },
        rules: [
          { verbs: ["get"], apiGroups: [""], resources: ["configmaps"], resourceNames: ["a"] },
          { verbs: ["get", "delete"], apiGroups: ["", "apps"], resources: ["pods", "deployments"] },
        ],
      }),
    ),
    ...bearing(
      send("POST", `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
        metadata: { name: "admin" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:kube-scheduler" },
        subjects: [{ kind: "User", name: "u", apiGroup: "rbac.authorization.k8s.io" }],
      }),
    ),
    ask("DELETE", `${accounts}/bearer`),
  ],
};

export const peopleScenarios: readonly Scenario[] = [bearers, nobody, stranger, impersonation];
