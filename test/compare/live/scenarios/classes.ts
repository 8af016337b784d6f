/** Default classes of Ingresses and of claims, and claims that grow. */
import type { Scenario, Step } from "../scenario.ts";
import { merge as mergePatch, send as sendJson, withBody } from "../steps.ts";

const claims = "/api/v1/namespaces/default/persistentvolumeclaims";
const storageClasses = "/apis/storage.k8s.io/v1/storageclasses";
const ingressClasses = "/apis/networking.k8s.io/v1/ingressclasses";
const ingresses = "/apis/networking.k8s.io/v1/namespaces/default/ingresses";

const send = (method: string, path: string, body: unknown, more: Partial<Step> = {}): Step => ({
  ...withBody(sendJson(method, path, body)),
  ...more,
});
const merge = (path: string, body: unknown): Step => withBody(mergePatch(path, body));

/** What follows has no default any more. */
const remove = (path: string): Step => ({ method: "DELETE", path });

/** Upstream's plugins read caches, which take a moment. */
const cachesMs = 300;
const mark = (kind: string) => ({ [`${kind}.kubernetes.io/is-default-class`]: "true" });

const storageClass = (name: string, more: object, annotations = {}) =>
  send("POST", storageClasses, { metadata: { name, annotations }, provisioner: "p.example.com", ...more });
const claim = (name: string, spec: object) =>
  send("POST", claims, {
    metadata: { name },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
  });
const bound = (name: string): Step => ({
  ...merge(`${claims}/${name}/status`, { status: { phase: "Bound" } }),
});
const grow = (name: string, storage: string): Step =>
  merge(`${claims}/${name}?dryRun=All`, { spec: { resources: { requests: { storage } } } });

const ingress = (name: string, spec: object, annotations?: object) =>
  send("POST", ingresses, {
    metadata: { name, ...(annotations ? { annotations } : {}) },
    spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } }, ...spec },
  });

export const classScenarios: readonly Scenario[] = [
  {
    name: "classes: of claims, which grow or not",
    steps: [
      storageClass("fixed", {}),
      storageClass("grows", { allowVolumeExpansion: true }),
      claim("none", {}),
      { ...claim("fixed", { storageClassName: "fixed", volumeName: "v" }), afterMs: cachesMs },
      claim("grows", { storageClassName: "grows", volumeName: "v" }),
      claim("gone", { storageClassName: "gone", volumeName: "v" }),
      claim("empty", { storageClassName: "", volumeName: "v" }),
      ...["none", "fixed", "grows"].map((name) => grow(name, "2Gi")),
      ...["fixed", "grows", "gone", "empty"].flatMap((name) => [bound(name), grow(name, "2Gi"), grow(name, "1Gi")]),
      grow("grows", "512Mi"),
      storageClass("default", {}, mark("storageclass")),
      { ...claim("later", {}), afterMs: cachesMs },
      claim("without", { storageClassName: "" }),
      remove(`${storageClasses}/default`),
    ],
  },
  {
    name: "classes: of Ingresses",
    steps: [
      ingress("before", {}),
      send("POST", ingressClasses, {
        metadata: { name: "usual", annotations: mark("ingressclass") },
        spec: { controller: "example.com/c" },
      }),
      { ...ingress("later", {}), afterMs: cachesMs },
      ingress("older", {}, { "kubernetes.io/ingress.class": "x" }),
      ingress("named", { ingressClassName: "other" }),
      merge(`${ingresses}/before`, { metadata: { labels: { a: "b" } } }),
      remove(`${ingressClasses}/usual`),
    ],
  },
];
