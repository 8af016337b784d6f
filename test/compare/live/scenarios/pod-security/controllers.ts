/** Whoever makes pods out of a template is warned, and never refused. */
import type { Scenario, Step } from "../../scenario.ts";
import { send } from "../../steps.ts";
import { merge, namespacePath, namespaceWithAccount } from "./asking.ts";
import { goodSpec } from "./pods.ts";

const bad = {
  hostPID: true,
  containers: [
    { name: "c", image: "i", securityContext: { privileged: true } },
    { name: "d", image: "i", ports: [{ containerPort: 80, hostPort: 80 }] },
  ],
};
const metadata = { name: "made", labels: { a: "b" } };
const selector = { matchLabels: { a: "b" } };
const template = (spec: unknown): Readonly<Record<string, unknown>> => ({ metadata: { labels: { a: "b" } }, spec });
const once = (spec: object): object => ({ ...spec, restartPolicy: "Never" });

const kinds: readonly (readonly [path: string, body: (spec: object) => object])[] = [
  ["/apis/apps/v1/*/deployments", (spec) => ({ spec: { selector, template: template(spec) } })],
  ["/apis/apps/v1/*/replicasets", (spec) => ({ spec: { selector, template: template(spec) } })],
  ["/apis/apps/v1/*/daemonsets", (spec) => ({ spec: { selector, template: template(spec) } })],
  ["/apis/apps/v1/*/statefulsets", (spec) => ({ spec: { selector, serviceName: "s", template: template(spec) } })],
  ["/apis/batch/v1/*/jobs", (spec) => ({ spec: { template: { spec: once(spec) } } })],
  [
    "/apis/batch/v1/*/cronjobs",
    (spec) => ({ spec: { schedule: "* * * * *", jobTemplate: { spec: { template: { spec: once(spec) } } } } }),
  ],
  [
    "/api/v1/*/replicationcontrollers",
    (spec) => ({ spec: { replicas: 2, selector: { a: "b" }, template: template(spec) } }),
  ],
  ["/api/v1/*/podtemplates", (spec) => ({ template: template(spec) })],
];

const pathIn = (path: string, namespace: string): string => path.replace("*", `namespaces/${namespace}`);

const inNamespace = (namespace: string): Step[] =>
  kinds.flatMap(([path, body]) => {
    const collection = pathIn(path, namespace);
    return [
      send("POST", `${collection}?dryRun=All`, { metadata, ...body(goodSpec()) }),
      send("POST", collection, { metadata, ...body(bad) }),
      merge(`${collection}/made`, { metadata: { annotations: { x: "y" } } }),
      merge(`${collection}/made/status`, { metadata: { annotations: { x: "z" } } }),
    ];
  });

const scaled = (namespace: string): Step =>
  merge(`/apis/apps/v1/namespaces/${namespace}/deployments/made/scale`, { spec: { replicas: 2 } });

const of = (name: string, labels: Readonly<Record<string, string>>): Scenario => ({
  name: `pod security: controllers, ${Object.keys(labels).join(" and ") || "nothing"}`,
  steps: [...namespaceWithAccount(name, labels), ...inNamespace(name), scaled(name)],
});

const others: Scenario = {
  name: "pod security: what has no pods",
  steps: [
    ...namespaceWithAccount("secure-others", { enforce: "restricted" }),
    send("POST", `${namespacePath("secure-others")}/configmaps`, { metadata: { name: "m" } }),
    send("POST", `${namespacePath("secure-others")}/services`, {
      metadata: { name: "s" },
      spec: { clusterIP: "None" },
    }),
  ],
};

export const controllerScenarios: readonly Scenario[] = [
  of("secure-made-warn", { warn: "restricted" }),
  of("secure-made-enforce", { enforce: "baseline" }),
  of("secure-made-old", { warn: "baseline", "warn-version": "v1.0" }),
  of("secure-made-audit", { audit: "restricted" }),
  of("secure-made-plain", {}),
  others,
];
