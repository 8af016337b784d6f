import assert from "node:assert/strict";
import { test } from "node:test";
import type { FlowSchema, PolicyRulesWithSubjects } from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import objects from "../bootstrap/objects.json" with { type: "json" };
import { parseRequestInfo } from "../http/request-info.ts";
import { byPrecedence, type Classified, Classifier } from "./classifier.ts";
import { prepareRules } from "./policy-rules.ts";

const classified = ({ metadata, spec }: FlowSchema): Classified => ({
  name: metadata.name ?? "",
  precedence: spec?.matchingPrecedence ?? 0,
  rules: (spec?.rules ?? []).map(prepareRules),
});

function classifierOf(schemas: readonly Classified[]): Classifier<Classified> {
  const sorted = [...schemas].sort(byPrecedence);
  return new Classifier(sorted, sorted.at(-1) as Classified);
}

const authenticated = (name: string, ...groups: readonly string[]) => ({
  name,
  groups: [...groups, "system:authenticated"],
});

const users = {
  admin: authenticated("admin", "system:masters"),
  node: authenticated("system:node:a", "system:nodes"),
  scheduler: authenticated("system:kube-scheduler"),
  systemAccount: authenticated("system:serviceaccount:kube-system:job-controller", "system:serviceaccounts"),
  account: authenticated("system:serviceaccount:default:app", "system:serviceaccounts"),
  // Its namespace only begins like another.
  lookalike: authenticated("system:serviceaccount:kube-system-too:x", "system:serviceaccounts"),
  person: authenticated("jane"),
  anonymous: { name: "system:anonymous", groups: ["system:unauthenticated"] },
  nobody: { name: "nobody", groups: [] },
};

const lease = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x";

test("with the schemas that a cluster begins with", async (t) => {
  const classifier = classifierOf((objects.flowschemas as unknown as FlowSchema[]).map(classified));
  const cases: readonly [who: keyof typeof users, method: string, url: string, schema: string][] = [
    ["admin", "GET", "/api/v1/pods", "exempt"],
    ["admin", "GET", "/healthz", "exempt"],
    ["anonymous", "GET", "/livez?verbose", "probes"],
    ["anonymous", "GET", "/readyz/etcd", "probes"],
    ["anonymous", "HEAD", "/readyz", "global-default"],
    ["node", "PATCH", "/api/v1/nodes/a/status", "system-node-high"],
    ["node", "PUT", lease, "system-node-high"],
    ["node", "GET", "/api/v1/pods", "system-nodes"],
    ["scheduler", "PUT", lease, "system-leader-election"],
    ["scheduler", "DELETE", lease, "kube-scheduler"],
    ["scheduler", "GET", "/api/v1/pods?watch=true", "kube-scheduler"],
    ["systemAccount", "GET", lease, "system-leader-election"],
    ["systemAccount", "GET", "/apis", "kube-system-service-accounts"],
    ["account", "GET", "/api/v1/namespaces/default/pods", "service-accounts"],
    ["lookalike", "GET", "/api/v1/namespaces/default/pods", "service-accounts"],
    ["person", "POST", "/api/v1/namespaces/default/pods", "global-default"],
    ["nobody", "GET", "/api/v1/pods", "catch-all"],
  ];
  for (const [who, method, url, schema] of cases) {
    await t.test(`${who} ${method} ${url}`, () => {
      assert.equal(classifier.classify(parseRequestInfo(method, url), users[who]).name, schema);
    });
  }
});

const everybody = [{ kind: "Group", group: { name: "*" } }];

function matches(rule: Partial<PolicyRulesWithSubjects>, method: string, url: string): boolean {
  const rules = [prepareRules({ subjects: everybody, ...rule } as PolicyRulesWithSubjects)];
  const classifier = new Classifier([{ name: "this", precedence: 1, rules }], {
    name: "none",
    precedence: 2,
    rules: [],
  });
  return classifier.classify(parseRequestInfo(method, url), users.person).name === "this";
}

test("resource rules", async (t) => {
  const all = { verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] };
  const cases: readonly [name: string, rule: Partial<typeof all>, url: string, expected: boolean][] = [
    ["a resource is not its subresource", { resources: ["pods"] }, "/api/v1/namespaces/a/pods/b/log", false],
    ["a subresource by its name", { resources: ["pods/log"] }, "/api/v1/namespaces/a/pods/b/log", true],
    ["all resources are subresources too", {}, "/api/v1/namespaces/a/pods/b/log", true],
    ["another group", { apiGroups: ["apps"] }, "/api/v1/pods", false],
    ["no namespace without cluster scope", { clusterScope: false }, "/api/v1/pods", false],
    ["no namespace, and only some wanted", { namespaces: ["a"] }, "/api/v1/pods", true],
    ["another namespace", { namespaces: ["a"] }, "/api/v1/namespaces/b/pods", false],
    ["a namespace is in itself", { namespaces: ["a"], clusterScope: false }, "/api/v1/namespaces/a", true],
    ["another verb", { verbs: ["list"] }, "/api/v1/pods/b", false],
    ["names of objects' members", { resources: ["constructor"] }, "/api/v1/pods", false],
  ];
  for (const [name, rule, url, expected] of cases) {
    await t.test(name, () => assert.equal(matches({ resourceRules: [{ ...all, ...rule }] }, "GET", url), expected));
  }
  await t.test("paths are no resources", () => assert.equal(matches({ resourceRules: [all] }, "GET", "/apis"), false));
});

test("rules of paths", async (t) => {
  const cases: readonly [urls: string[], method: string, url: string, expected: boolean][] = [
    [["/healthz"], "GET", "/healthz", true],
    [["/healthz"], "GET", "/healthz/ping", true],
    [["/healthz"], "GET", "/healthzz", false],
    [["/apis/*"], "GET", "/apis/apps", true],
    [["/apis/*"], "GET", "/apis", false],
    [["*"], "GET", "/metrics", true],
    [["*"], "POST", "/metrics", false],
  ];
  for (const [nonResourceURLs, method, url, expected] of cases) {
    await t.test(`${nonResourceURLs} ${method} ${url}`, () => {
      assert.equal(matches({ nonResourceRules: [{ verbs: ["get"], nonResourceURLs }] }, method, url), expected);
    });
  }
});

test("of equal precedence the name decides", () => {
  const rules = [
    prepareRules({ subjects: everybody, nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }] } as never),
  ];
  const classifier = classifierOf(["b", "a", "c"].map((name) => ({ name, precedence: 5, rules })));
  assert.equal(classifier.classify(parseRequestInfo("GET", "/version"), users.person).name, "a");
});
