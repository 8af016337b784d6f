/** Custom resources: their definition, what is told of them, and what their schema does to objects. */
import type { Scenario, Step } from "../scenario.ts";
import { get, send, tableType } from "../steps.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const group = "shop.example.com";
const gadgets = `/apis/${group}/v1/namespaces/default/gadgets`;

const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["size"],
      properties: {
        size: { type: "integer", minimum: 1, maximum: 10 },
        color: { type: "string", enum: ["red", "green"], default: "red" },
        name: { type: "string", maxLength: 5, minLength: 2, pattern: "^[a-z]+$" },
        replicas: { type: "integer" },
        port: { "x-kubernetes-int-or-string": true },
        when: { type: "string", format: "date-time" },
        tags: { type: "array", maxItems: 2, items: { type: "string" }, "x-kubernetes-list-type": "set" },
        parts: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["id"],
          items: {
            type: "object",
            required: ["id"],
            properties: { id: { type: "string" }, n: { type: "integer", default: 7 } },
          },
        },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        labels: { type: "object", additionalProperties: { type: "string" } },
        maybe: { type: "string", nullable: true },
      },
    },
    status: { type: "object", properties: { replicas: { type: "integer" }, ready: { type: "boolean" } } },
  },
};

const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `gadgets.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural: "gadgets", singular: "gadget", kind: "Gadget", shortNames: ["gd"], categories: ["all"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
        },
        additionalPrinterColumns: [
          { name: "Size", type: "integer", jsonPath: ".spec.size", description: "how big" },
          { name: "Color", type: "string", jsonPath: ".spec.color", priority: 1 },
          { name: "Ready", type: "boolean", jsonPath: ".status.ready" },
        ],
        selectableFields: [{ jsonPath: ".spec.color" }],
        schema: { openAPIV3Schema: schema },
      },
      {
        name: "v1alpha1",
        served: true,
        storage: false,
        deprecated: true,
        schema: { openAPIV3Schema: { ...schema, description: "older" } },
      },
    ],
  },
};

const managed = (path: string, query: string): string => `${path}?fieldManager=m${query}`;
const post = (path: string, body: object | string, query = ""): Step => send("POST", managed(path, query), body);
const put = (path: string, body: object): Step => send("PUT", managed(path, ""), body);
const patch = (path: string, type: string, body: object, query = ""): Step =>
  send("PATCH", managed(path, query), body, { "content-type": type });
const merge = "application/merge-patch+json";
const table = { accept: tableType };
const gadget = (name: string, spec: object, more: object = {}) => ({
  apiVersion: `${group}/v1`,
  kind: "Gadget",
  metadata: { name },
  spec,
  ...more,
});

const established = (body: unknown): boolean =>
  ((body as { status?: { conditions?: { type: string; status: string }[] } }).status?.conditions ?? []).some(
    ({ type, status }) => type === "Established" && status === "True",
  );

const definitionSteps: Step[] = [
  post(definitions, definition),
  { ...get(`${definitions}/gadgets.${group}`), until: established },
  { ...get(`${gadgets}`), until: (_, code) => code === 200 },
  get(`/apis/${group}`),
  get(`/apis/${group}/v1`),
  get(`/apis/${group}/v1alpha1`),
  get(definitions, table),
];

const good = {
  size: 3,
  name: "abc",
  port: 80,
  when: "2026-01-01T00:00:00Z",
  tags: ["a"],
  parts: [{ id: "x" }],
  free: { any: [1] },
};

const custom: Scenario = {
  name: "custom resources",
  steps: [
    ...definitionSteps,
    post(gadgets, gadget("g1", good, { status: { ready: true } })),
    get(`${gadgets}/g1`),
    get(`/apis/${group}/v1alpha1/namespaces/default/gadgets/g1`),
    get(gadgets, table),
    get(`${gadgets}/g1`, table),
    get(`${gadgets}?fieldSelector=spec.color%3Dred`),
    get(`${gadgets}?fieldSelector=spec.color%3Dgreen`),
    get(`${gadgets}?fieldSelector=spec.size%3D3`),
    post(gadgets, gadget("g2", { ...good, unknown: 1, parts: [{ id: "x", y: 1 }] }), "&fieldValidation=Strict"),
    post(gadgets, gadget("g2", { ...good, unknown: 1 }), "&fieldValidation=Warn"),
    post(gadgets, gadget("g3", { ...good, unknown: 1 }), "&fieldValidation=Ignore"),
    post(
      gadgets,
      `{"apiVersion":"${group}/v1","kind":"Gadget","metadata":{"name":"dup"},"spec":{"size":1,"size":2}}`,
      "&fieldValidation=Strict",
    ),
    ...[
      { size: "x" },
      { size: 0 },
      { size: 11 },
      {},
      { ...good, color: "blue" },
      { ...good, name: "A" },
      { ...good, name: "abcdef" },
      { ...good, port: true },
      { ...good, when: "yesterday" },
      { ...good, tags: ["a", "b", "c"] },
      { ...good, tags: ["a", "a"] },
      { ...good, parts: [{ id: "x" }, { id: "x" }] },
      { ...good, parts: [{}] },
      { ...good, labels: { a: 1 } },
      { ...good, size: null },
      { ...good, color: null },
      { ...good, maybe: null },
      { ...good, free: "x" },
    ].map((spec) => post(gadgets, gadget("bad", spec), "&dryRun=All")),
    post(gadgets, { ...gadget("bad", good), kind: "Other" }),
    post(gadgets, { ...gadget("bad", good), apiVersion: "other/v1" }),
    post(gadgets, { ...gadget("bad", good), spec: "x" }),
    post(gadgets, gadget("Bad_Name", good)),
    put(`${gadgets}/g1`, gadget("g1", good)),
    patch(`${gadgets}/g1`, merge, { spec: { size: 4, color: "green" } }),
    patch(`${gadgets}/g1`, merge, { spec: { size: 99 } }),
    patch(`${gadgets}/g1`, "application/json-patch+json", [{ op: "replace", path: "/spec/size", value: 5 }]),
    patch(`${gadgets}/g1`, "application/strategic-merge-patch+json", { spec: { size: 4 } }),
    patch(`${gadgets}/g1/status`, merge, { status: { ready: true, replicas: 2 }, spec: { size: 1 } }),
    patch(`${gadgets}/g1/status`, merge, { status: { ready: "x" } }),
    get(`${gadgets}/g1/scale`),
    patch(`${gadgets}/g1/scale`, merge, { spec: { replicas: 4 } }),
    get(`${gadgets}/g1`),
    patch(
      `${gadgets}/g4`,
      "application/apply-patch+yaml",
      gadget("g4", { size: 1, parts: [{ id: "a" }], tags: ["x"] }),
    ),
    patch(`${gadgets}/g4`, "application/apply-patch+yaml", gadget("g4", { size: 2, parts: [{ id: "b" }] })),
    {
      ...patch(`${gadgets}/g4`, "application/apply-patch+yaml", gadget("g4", { size: 3 })),
      path: `${gadgets}/g4?fieldManager=n`,
    },
    get(`${gadgets}?limit=2`),
    { method: "DELETE", path: `${gadgets}/g4` },
    { method: "DELETE", path: `${definitions}/gadgets.${group}` },
    { ...get(`${definitions}/gadgets.${group}`), until: (_, code) => code === 404 },
    { ...get(gadgets), until: (_, code) => code === 404 },
    get(`/apis/${group}`),
  ],
};

const ruled = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        size: { type: "integer", maximum: 10, "x-kubernetes-validations": [{ rule: "self != 3" }] },
        fixed: { type: "string", "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "fixed is fixed" }] },
        low: { type: "integer" },
        high: { type: "integer" },
        list: { type: "array", maxItems: 5, items: { type: "string", maxLength: 5 } },
      },
      "x-kubernetes-validations": [
        { rule: "self.size != 7", message: "no sevens" },
        {
          rule: "!has(self.low) || !has(self.high) || self.low <= self.high",
          messageExpression: "'low is above high'",
          fieldPath: ".low",
        },
        {
          rule: "!has(self.list) || self.list.all(x, x != 'bad')",
          reason: "FieldValueForbidden",
          message: "nothing bad",
        },
      ],
    },
  },
};

const rulers = `/apis/${group}/v1/namespaces/default/rulers`;
const ruler = (name: string, spec: object) => ({ apiVersion: `${group}/v1`, kind: "Ruler", metadata: { name }, spec });

const rules: Scenario = {
  name: "custom resources with rules",
  steps: [
    post(definitions, {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `rulers.${group}` },
      spec: {
        group,
        scope: "Namespaced",
        names: { plural: "rulers", singular: "ruler", kind: "Ruler" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: ruled } }],
      },
    }),
    { ...get(`${definitions}/rulers.${group}`), until: established },
    { ...get(rulers), until: (_, code) => code === 200 },
    ...[
      { size: 1 },
      { size: 7 },
      { size: 3 },
      { size: 11 },
      { size: 1, low: 2, high: 1 },
      { size: 1, low: 1, high: 2 },
      { size: 1, list: ["good", "bad"] },
    ].map((spec) => post(rulers, ruler("r", spec), "&dryRun=All")),
    post(rulers, ruler("r", { size: 1, fixed: "a" })),
    patch(`${rulers}/r`, merge, { spec: { fixed: "b" } }),
    patch(`${rulers}/r`, merge, { spec: { size: 2 } }),
    { method: "DELETE", path: `${definitions}/rulers.${group}` },
  ],
};

export const customScenarios: readonly Scenario[] = [custom, rules];
