/** OpenAPI v3: documents in both forms, which of them is sent, and what clients may keep. */
import { schema } from "#api/index.ts";
import type { Scenario, Step } from "../scenario.ts";

const protobuf = "application/com.github.proto-openapi.spec.v3@v1.0+protobuf";
const protobufAnswered = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf";
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const group = "documents.example.com";

const get = (path: string, accept: string): Step => ({
  method: "GET",
  path: `/openapi/v3/${path}`,
  headers: { accept },
  note: `accept: ${accept}`,
});

const groups = [...new Set(schema.resources.map((resource) => resource.group).filter((name) => name !== ""))];
const versions = [
  ...new Set(
    schema.resources.map((resource) =>
      resource.group === "" ? `api/${resource.version}` : `apis/${resource.group}/${resource.version}`,
    ),
  ),
];
/** Every document that the index of a new server names. */
const paths = [
  ".well-known/openid-configuration",
  "openid/v1/jwks",
  "version",
  "api",
  "apis",
  ...groups.map((name) => `apis/${name}`),
  ...versions,
].toSorted();

const builtIn: readonly Scenario[] = [
  {
    name: "documents: OpenAPI v3 in protobuf",
    steps: [...paths, "apis/none/v1", "none"].map((path) => get(path, protobuf)),
  },
  // Those of group versions are asked for in JSON elsewhere.
  {
    name: "documents: OpenAPI v3 about the server",
    steps: paths.filter((path) => !versions.includes(path)).map((path) => get(path, "application/json")),
  },
];

/** Every kind of schema member, and texts that YAML must quote. */
const spec = {
  type: "object",
  title: "a title",
  required: ["size"],
  externalDocs: { description: "more", url: "https://example.com/" },
  "x-kubernetes-validations": [
    { rule: "self.size > 0", message: "must be: positive", reason: "FieldValueInvalid", fieldPath: ".size" },
    {
      rule: "self.size < 10 ||\n  has(self.name)",
      message: "a 'size'",
      messageExpression: "'too large'",
    },
    { rule: 'self.name != "#no"', message: "- no" },
  ],
  properties: {
    size: { type: "integer", format: "int64", minimum: 0, maximum: 9007199254740991, exclusiveMaximum: true },
    share: { type: "number", multipleOf: 0.25, minimum: -1.5, exclusiveMinimum: true, default: 0.5 },
    name: { type: "string", maxLength: 63, minLength: 1, pattern: "^[a-z]+$", default: "a", example: "a: b" },
    blank: { type: "string", default: "" },
    mode: {
      type: "string",
      enum: ["", "on", "true", "1", "1.5", "0x10", "null", "~", "2026-11-21", "a b", " a", "#a"],
    },
    more: {
      type: "string",
      enum: ["a:", "a: b", "a #b", "-", "- a", "*a", "'a'", '"a"', "tab\ta", "ä", "\u{1f600}", "%a"],
    },
    any: { enum: [1, 1.5, true, null, "x", [1], { a: "y" }], "x-kubernetes-preserve-unknown-fields": true },
    on: { type: "boolean", default: false },
    off: { type: "boolean", default: true, nullable: true },
    port: { "x-kubernetes-int-or-string": true },
    tags: { type: "array", maxItems: 3, minItems: 1, items: { type: "string" }, "x-kubernetes-list-type": "set" },
    parts: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["id", "protocol"],
      items: {
        type: "object",
        required: ["id", "protocol"],
        properties: { id: { type: "string" }, protocol: { type: "string", default: "TCP" } },
      },
      default: [],
    },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true, example: { b: [{ c: 1, a: [] }], a: {} } },
    labels: { type: "object", additionalProperties: { type: "string" }, maxProperties: 4, minProperties: 1 },
    given: {
      type: "object",
      default: { size: 1 },
      properties: { size: { type: "integer" } },
      "x-kubernetes-map-type": "atomic",
    },
    pod: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
    "x-own": { type: "string" },
    $ref: { type: "string" },
    description: { type: "string", description: "A field of this name." },
  },
  oneOf: [{ required: ["name"] }, { required: ["mode"] }],
  anyOf: [{ properties: { size: { minimum: 1 } } }],
  allOf: [{ not: { required: ["off"] } }],
  not: { required: ["tags"] },
};

const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `books.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural: "books", kind: "Book" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" } },
        selectableFields: [{ jsonPath: ".spec.name" }],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec, status: { type: "object", properties: { size: { type: "integer" } } } },
          },
        },
      },
    ],
  },
};

const document = `apis/${group}/v1`;

const custom: Scenario = {
  name: "documents: OpenAPI v3 of a custom resource",
  steps: [
    {
      method: "POST",
      path: definitions,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(definition),
    },
    { ...get(document, "application/json"), until: (_, code) => code === 200 },
    get(document, protobuf),
    get(`apis/${group}`, protobuf),
    { method: "DELETE", path: `${definitions}/books.${group}` },
  ],
};

const accepts: readonly string[] = [
  protobuf,
  protobufAnswered,
  `${protobuf};q=0.5,application/json`,
  `application/json;q=0.5,${protobuf}`,
  `${protobuf},application/json`,
  `application/json,${protobuf}`,
  `${protobuf};q=0`,
  `text/html,${protobuf}`,
  `text/html;q=0.9,${protobuf};q=0.1,*/*;q=0.5`,
  `*/*,${protobuf}`,
  "*/com.github.proto-openapi.spec.v3@v1.0+protobuf",
  `${protobuf};charset=utf-8`,
  protobuf.toUpperCase(),
  protobuf.replaceAll("v3", "v2"),
  "application/vnd.kubernetes.protobuf",
  `application/vnd.kubernetes.protobuf,${protobuf}`,
];

const chosen: Scenario = {
  name: "documents: the form of OpenAPI v3",
  steps: [
    ...accepts.map((accept) => get("version", accept)),
    ...["application/json", protobuf, "text/html"].map((accept) => ({ ...get("", accept), path: "/openapi/v3" })),
  ],
};

const shows = ["cache-control", "expires", "location"];

/** Each by the ETag of the first answer, which both forms have. */
const kept: Scenario = {
  name: "documents: what is kept of OpenAPI v3",
  steps: ["application/json", protobuf].flatMap((accept) => {
    const asked =
      (note: string, of: (etag: string) => { query?: string; known?: string }): Scenario["steps"][number] =>
      ({ etags }) => {
        const { query = "", known } = of(etags.get("version") ?? "");
        const headers = { accept, ...(known === undefined ? {} : { "if-none-match": known }) };
        return { method: "GET", path: `/openapi/v3/version${query}`, headers, note: `${note}, ${accept}`, shows };
      };
    const hashOf = (etag: string): string => `?hash=${etag.replaceAll('"', "")}`;
    return [
      { ...get("version", "application/json"), as: "version", shows },
      asked("by its hash", (etag) => ({ query: hashOf(etag) })),
      asked("by an empty hash", () => ({ query: "?hash=" })),
      asked("by another hash", () => ({ query: "?hash=ABC" })),
      asked("by another hash, known", (etag) => ({ query: "?hash=ABC", known: etag })),
      asked("by its hash, known", (etag) => ({ query: hashOf(etag), known: etag })),
      asked("known", (etag) => ({ known: etag })),
      asked("known weakly among others", (etag) => ({ known: `"ABC", W/${etag}` })),
      asked("known without quotes", (etag) => ({ known: etag.replaceAll('"', "") })),
      asked("any known", () => ({ known: "*" })),
      asked("another known", () => ({ known: '"ABC"' })),
    ];
  }),
};

const compressed: Scenario = {
  name: "documents: OpenAPI v3 compressed",
  steps: ["application/json", protobuf].map((accept) => {
    const step = get("api/v1", accept);
    return { ...step, headers: { ...step.headers, "accept-encoding": "gzip" } };
  }),
};

export const openApiScenarios: readonly Scenario[] = [...builtIn, chosen, kept, compressed, custom];
