/** Labels that mean something and such that do not, when they are written and when a pod comes. */
import type { Scenario, Step } from "../../scenario.ts";
import { send } from "../../steps.ts";
import { createNamespace, merge, namespacePath, namespaceWithAccount, podsPath, relabel, seen } from "./asking.ts";
import { goodSpec } from "./pods.ts";

const wrong: readonly Readonly<Record<string, string>>[] = [
  { enforce: "else" },
  { enforce: "" },
  { enforce: "Restricted" },
  { "enforce-version": "v2.0" },
  { "enforce-version": "1.35" },
  { "enforce-version": "v1.035" },
  { "enforce-version": "v1.9223372036854775807" },
  { "enforce-version": "v1.9223372036854775808" },
  { "enforce-version": "Latest" },
  { audit: "a" },
  { "audit-version": "b" },
  { warn: "c" },
  { "warn-version": "d" },
  { enforce: "e", "enforce-version": "f", audit: "g", "audit-version": "h", warn: "i", "warn-version": "j" },
  { enforced: "whatever" },
];

const created: Scenario = {
  name: "pod security: labels of new namespaces",
  steps: wrong.map((labels, i) => createNamespace(`secure-wrong-${i}`, labels)),
};

const changed: Scenario = {
  name: "pod security: labels of namespaces that are there",
  steps: [
    createNamespace("secure-labels", {}),
    ...wrong.map((labels) => relabel("secure-labels", labels, "?dryRun=All")),
    relabel("secure-labels", { enforce: "baseline" }),
    relabel("secure-labels", { enforce: "privileged" }),
    relabel("secure-labels", { enforce: null }),
  ],
};

const bare = { containers: [{ name: "c", image: "i" }] };
const hosted = goodSpec({ hostNetwork: true });

/** A pod that only restricted forbids, one that baseline forbids too, one that nobody forbids. */
const pods = (namespace: string): Step[] =>
  [bare, hosted, goodSpec()].map((spec) =>
    send("POST", `${podsPath(namespace)}?dryRun=All`, { metadata: { name: "p" }, spec }),
  );

/** What is wrong with labels is only found where they are not written as the namespace's own. */
const storedWrong: Scenario = {
  name: "pod security: wrong labels that are stored",
  steps: [
    ...namespaceWithAccount("secure-stored", {}),
    ...[
      { enforce: "else" },
      { enforce: "else", "enforce-version": "v1.x" },
      { enforce: "baseline", "enforce-version": "v1.x" },
      { enforce: null, "enforce-version": "v1.x" },
      { "enforce-version": null, warn: "else" },
      { warn: null, "warn-version": "else" },
      { "warn-version": "else", enforce: "baseline" },
      { "warn-version": null, enforce: null, audit: "else" },
      { audit: "restricted", "audit-version": "else" },
    ].flatMap((labels): Step[] => [
      { ...relabel("secure-stored", labels), path: `${namespacePath("secure-stored")}/status` },
      ...pods("secure-stored").map((step, i) => (i === 0 ? seen(step) : step)),
      merge(namespacePath("secure-stored"), { metadata: { annotations: { seen: JSON.stringify(labels) } } }),
      relabel("secure-stored", { "audit-version": "other" }, "?dryRun=All"),
    ]),
  ],
};

/** A level that is enforced is warned of, unless the namespace says something else. */
const implied: Scenario = {
  name: "pod security: implied warnings",
  steps: [
    { enforce: "restricted" },
    { enforce: "restricted", "enforce-version": "v1.20" },
    { enforce: "restricted", "warn-version": "v1.20" },
    { enforce: "baseline", warn: "privileged" },
    { enforce: "privileged", warn: "baseline" },
    { enforce: "baseline", warn: "restricted" },
    { audit: "restricted" },
    { "enforce-version": "v1.20" },
    { "warn-version": "v1.20" },
  ].flatMap((labels, i) => {
    const name = `secure-implied-${i}`;
    const template = { metadata: { labels: { a: "b" } }, spec: bare };
    const spec = { selector: { matchLabels: { a: "b" } }, template };
    return [
      ...namespaceWithAccount(name, labels),
      ...pods(name),
      send("POST", `/apis/apps/v1/namespaces/${name}/deployments`, { metadata: { name: "d" }, spec }),
    ];
  }),
};

const exemptUser = {
  "content-type": "application/json",
  "impersonate-user": "secure-exempt",
  "impersonate-group": "system:masters",
};

const exempt: Scenario = {
  name: "pod security: exemptions",
  steps: [
    ...namespaceWithAccount("secure-exempt", { enforce: "restricted", "warn-version": "v1.20" }),
    ...pods("secure-exempt"),
    relabel("secure-exempt", { audit: "baseline" }),
    relabel("secure-exempt", { enforce: "baseline" }),
    relabel("secure-exempt", { "enforce-version": "v1.20", warn: "restricted" }),
    relabel("secure-exempt", { enforce: "privileged" }),
    relabel("secure-exempt", { enforce: "restricted", audit: null, warn: null, "enforce-version": null }),
    relabel("secure-exempt", { enforce: "else" }),
    ...namespaceWithAccount("secure-user", { enforce: "restricted" }),
    send("POST", `${podsPath("secure-user")}?dryRun=All`, { metadata: { name: "p" }, spec: bare }, exemptUser),
    ...pods("secure-user"),
    send("POST", "/apis/node.k8s.io/v1/runtimeclasses", { metadata: { name: "secure-exempt" }, handler: "h" }),
    send("POST", podsPath("secure-user"), {
      metadata: { name: "classed" },
      spec: { ...bare, runtimeClassName: "secure-exempt" },
    }),
    relabel("secure-user", { enforce: "privileged" }),
    relabel("secure-user", { enforce: "baseline" }),
  ],
};

export const namespaceScenarios: readonly Scenario[] = [created, changed, storedWrong, implied, exempt];
