/** Labels that say where a pod's node is: of a Binding, and of a pod that is created on its node. */
import type { Scenario, Step } from "../scenario.ts";
import { post as postTo, withBody } from "../steps.ts";

const pods = "/api/v1/namespaces/default/pods";
const zone = "topology.kubernetes.io/zone";
const region = "topology.kubernetes.io/region";
const others = {
  "kubernetes.io/hostname": "h",
  "topology.kubernetes.io/rack": "k",
  "topology.k8s.io/zone": "z",
  "failure-domain.beta.kubernetes.io/zone": "z",
};

const post = (path: string, body: object): Step => withBody(postTo(path, body));

type Labels = Readonly<Record<string, string>>;

const node = (name: string, labels: Labels) => post("/api/v1/nodes", { metadata: { name, labels } });
const pod = (name: string, labels: Labels | undefined, nodeName?: string) =>
  post(pods, {
    metadata: { name, labels },
    spec: { nodeName, automountServiceAccountToken: false, containers: [{ name: "c", image: "i" }] },
  });
const bound = (name: string, labels: Labels | undefined, target: object, own?: Labels): Step[] => [
  pod(name, own),
  post(`${pods}/${name}/binding`, { apiVersion: "v1", kind: "Binding", metadata: { name, labels }, target }),
  { method: "GET", path: `${pods}/${name}` },
];
const on = (name: string) => ({ kind: "Node", name });

export const topologyScenarios: readonly Scenario[] = [
  {
    name: "topology: labels of a pod's node",
    steps: [
      post("/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "default" } }),
      node("full", { [zone]: "z1", [region]: "r1", ...others }),
      node("half", { [zone]: "z2" }),
      node("bare", {}),
      pod("on-full", undefined, "full"),
      pod("on-full-own", { [zone]: "own" }, "full"),
      pod("on-half", { [region]: "own", a: "b" }, "half"),
      pod("on-bare", { [zone]: "own" }, "bare"),
      pod("on-missing", { a: "b" }, "missing"),
      ...bound("to-full", undefined, on("full")),
      ...bound("to-full-own", undefined, on("full"), { [zone]: "own" }),
      ...bound("to-full-told", { [zone]: "told", x: "y" }, on("full")),
      ...bound("to-half-told", { [region]: "told", x: "y" }, on("half")),
      ...bound("to-half-kindless", undefined, { name: "half" }, { [region]: "own" }),
      ...bound("to-bare-told", { [zone]: "told", x: "y", ...others }, on("bare")),
      ...bound("to-bare-both", { [zone]: "told" }, on("bare"), { [zone]: "own" }),
      ...bound("to-missing", { [zone]: "told" }, on("missing")),
      ...bound("to-bad", { [zone]: "bad value !", "k/k/k": "b" }, on("bare")),
      pod("older", undefined),
      post("/api/v1/namespaces/default/bindings", {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name: "older", labels: { x: "y" } },
        target: on("full"),
      }),
      { method: "GET", path: `${pods}/older` },
      {
        method: "PATCH",
        path: `${pods}/applied?fieldManager=me`,
        headers: { "content-type": "application/apply-patch+yaml" },
        body: JSON.stringify({
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "applied" },
          spec: { nodeName: "full", containers: [{ name: "c", image: "i" }] },
        }),
      },
    ],
  },
];
