/** Bodies that name another object than the URL, or none. */
import type { Scenario, Step } from "../scenario.ts";
import { post as postTo, withBody } from "../steps.ts";

const namespace = "/api/v1/namespaces/default";

const post = (path: string, body: object): Step => withBody(postTo(`${namespace}/${path}`, body));

const toNode = { kind: "Node", name: "n" };
const binding = (path: string, metadata: object, target: object = toNode) =>
  post(path, { apiVersion: "v1", kind: "Binding", metadata, target });
const token = (metadata: object, spec: object = {}) =>
  post("serviceaccounts/named/token", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata,
    spec,
  });
const eviction = (metadata: object) =>
  post("pods/named/eviction", { apiVersion: "policy/v1", kind: "Eviction", metadata });

export const identityScenarios: readonly Scenario[] = [
  {
    name: "identities: bindings, evictions and tokens",
    steps: [
      post("serviceaccounts", { metadata: { name: "named" } }),
      post("pods", {
        metadata: { name: "named" },
        spec: { serviceAccountName: "named", containers: [{ name: "a", image: "a" }] },
      }),
      binding("pods/named/binding", {}),
      binding("pods/named/binding", { name: "q" }),
      binding("pods/named/binding", { name: "named", namespace: "x" }),
      binding("pods/named/binding", { name: "named" }, { kind: "Node", name: "" }),
      binding("bindings", {}),
      binding("bindings", { generateName: "named" }),
      binding("bindings", { name: "named", namespace: "x" }),
      binding("bindings", { name: "named" }, { kind: "Nodex", name: "" }),
      token({ name: "q" }),
      token({ name: "named", namespace: "x" }),
      token({ name: "q" }, { expirationSeconds: 5 }),
      token({}, { expirationSeconds: 5 }),
      eviction({}),
      eviction({ name: "q" }),
    ],
  },
];
