/** Pods that were there before: what is said when their namespace becomes stricter, and what may still be done with them. */
import type { Scenario, Step } from "../../scenario.ts";
import { ask, send } from "../../steps.ts";
import { merge, namespacePath, namespaceWithAccount, podsPath, relabel, seen } from "./asking.ts";
import { container, goodSpec } from "./pods.ts";

const namespace = "secure-existing";
const pods = podsPath(namespace);
const bare = { containers: [{ name: "c", image: "i" }] };

const owned = (uid: string) => [{ apiVersion: "v1", kind: "ConfigMap", name: "m", uid, controller: true }];
const create = (name: string, spec: object, more: object = {}): Step =>
  send("POST", pods, { metadata: { name, ...more }, spec });

const tightened: Scenario = {
  name: "pod security: levels of namespaces with pods",
  steps: [
    ...namespaceWithAccount(namespace, {}),
    create("good", goodSpec()),
    create("b-bare", bare),
    create("a-bare", bare, { ownerReferences: owned("11111111-1111-1111-1111-111111111111") }),
    create("c-bare", bare, { ownerReferences: owned("11111111-1111-1111-1111-111111111111") }),
    create("host", goodSpec({ hostNetwork: true, hostPID: true })),
    create("other-host", goodSpec({ hostIPC: true })),
    create("privileged", { containers: [{ name: "c", image: "i", securityContext: { privileged: true } }] }),
    create("path", goodSpec({ volumes: [{ name: "v", hostPath: { path: "/" } }] })),
    relabel(namespace, { enforce: "restricted" }, "?dryRun=All"),
    relabel(namespace, { enforce: "baseline" }),
    relabel(namespace, { enforce: "restricted" }),
    relabel(namespace, { enforce: "baseline" }),
    relabel(namespace, { "enforce-version": "v1.20" }),
    relabel(namespace, { enforce: "restricted" }),
    relabel(namespace, { warn: "restricted", audit: "restricted" }),
    merge(namespacePath(namespace), { metadata: { annotations: { a: "b" } } }),
    relabel(namespace, { "enforce-version": "v1.99" }),
    relabel(namespace, { "enforce-version": null }),
    relabel(namespace, { enforce: "privileged" }),
    relabel(namespace, { enforce: "restricted" }),
  ],
};

const ephemeral = (name: string, security: Readonly<Record<string, unknown>> = {}): object => ({
  spec: { ephemeralContainers: [{ ...container(security), name }] },
});

const strategic = { "content-type": "application/strategic-merge-patch+json" };

const updated: Scenario = {
  name: "pod security: updates of pods",
  steps: [
    seen(merge(`${pods}/b-bare`, { metadata: { labels: { x: "y" } } })),
    merge(`${pods}/b-bare`, {
      metadata: { annotations: { "container.apparmor.security.beta.kubernetes.io/c": "unconfined" } },
    }),
    merge(`${pods}/b-bare`, { spec: { activeDeadlineSeconds: 3600 } }),
    merge(`${pods}/b-bare`, { spec: { tolerations: [{ operator: "Exists" }] } }),
    send("PATCH", `${pods}/b-bare`, { spec: { containers: [{ name: "c", image: "other" }] } }, strategic),
    send("PATCH", `${pods}/good`, { spec: { containers: [{ name: "c", image: "other" }] } }, strategic),
    merge(`${pods}/b-bare/status`, { status: { message: "m" } }),
    send(
      "PATCH",
      `${pods}/b-bare/resize`,
      { spec: { containers: [{ name: "c", resources: { requests: { cpu: "1m" } } }] } },
      strategic,
    ),
    send(
      "PATCH",
      `${pods}/good/ephemeralcontainers`,
      ephemeral("bad", { privileged: true, allowPrivilegeEscalation: true }),
      strategic,
    ),
    seen(send("PATCH", `${pods}/good/ephemeralcontainers`, ephemeral("e"), strategic)),
    seen(send("PATCH", `${pods}/b-bare/ephemeralcontainers`, ephemeral("e"), strategic)),
    send("POST", `${pods}/good/binding`, { metadata: { name: "good" }, target: { kind: "Node", name: "n" } }),
    send("POST", `${pods}/host/eviction`, { metadata: { name: "host" } }),
    ask("DELETE", `${pods}/b-bare?gracePeriodSeconds=0`),
    relabel(namespace, { enforce: "baseline", warn: "restricted" }),
    seen(send("PATCH", `${pods}/a-bare`, { spec: { containers: [{ name: "c", image: "other" }] } }, strategic)),
    send("PATCH", `${pods}/other-host`, { spec: { containers: [{ name: "c", image: "other" }] } }, strategic),
    send("PATCH", `${pods}/a-bare/ephemeralcontainers`, ephemeral("e"), strategic),
    seen(send("PATCH", `${pods}/a-bare/ephemeralcontainers`, ephemeral("e", { runAsUser: 0 }), strategic)),
  ],
};

export const existingScenarios: readonly Scenario[] = [tightened, updated];
