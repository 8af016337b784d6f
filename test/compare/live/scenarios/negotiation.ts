/** Which form an answer has by what is asked for, and which bodies are read by what they say they are. */
import { gzipSync } from "node:zlib";
import type { Scenario, Step } from "../scenario.ts";
import { json, post } from "../steps.ts";
import { bytesOf, protobuf } from "./protobuf/asking.ts";

const group = "forms.example.com";
const namespace = "forms";
const maps = `/api/v1/namespaces/${namespace}/configmaps`;
const things = `/apis/${group}/v1/namespaces/${namespace}/things`;
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

const table = "as=Table;g=meta.k8s.io;v=v1";

const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `things.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural: "things", singular: "thing", kind: "Thing" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        subresources: {
          status: {},
          scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
        },
      },
    ],
  },
};
const thing = { apiVersion: `${group}/v1`, kind: "Thing", metadata: { name: "a" }, spec: { replicas: 1 } };

const setup: Scenario = {
  name: "forms: what is there",
  steps: [
    post("/api/v1/namespaces", { metadata: { name: namespace } }),
    post(maps, { metadata: { name: "a", labels: { l: "1" } }, data: { k: "v" } }),
    post(definitions, definition),
    { method: "GET", path: things, until: (_, code) => code === 200 },
    post(things, thing),
  ],
};

const accepts: readonly string[] = [
  "",
  " ",
  "*/*",
  "application/*",
  "*/json",
  "text/*",
  "application/json",
  "APPLICATION/JSON",
  "application/json;charset=utf-8",
  "application/json; charset=utf-8",
  "application/json;q=0",
  "application/json;q=0.0,application/yaml",
  "application/json;q=0.1,application/yaml;q=0.9",
  "application/yaml;q=0.5,application/json;q=0.5",
  "application/json;q=2,application/yaml",
  "application/json;q=-1,application/yaml",
  "application/json;q=word,application/yaml",
  "application/json;q=,application/yaml",
  "*/*;q=0.1,application/yaml",
  "application/*;q=0.9,application/yaml;q=0.8",
  "text/html,*/*;q=0.1",
  "text/html,application/xml;q=0.9",
  "text/html;q=0.9,application/yaml;q=0.1",
  "application/yaml",
  "text/yaml",
  "application/x-yaml",
  "application/cbor",
  "application/cbor,application/json",
  "application/cbor-seq",
  protobuf,
  `${protobuf};q=0.5,application/json`,
  `${protobuf},application/json`,
  `${protobuf};stream=watch`,
  `${protobuf};charset=utf-8`,
  "application/vnd.kubernetes.*",
  "application/json;stream=watch",
  "application/json;stream=else",
  "application/json;as=Table",
  "application/json;as=Table;v=v1",
  "application/json;as=Table;g=meta.k8s.io",
  `application/json;${table}`,
  `application/json; as=Table; g=meta.k8s.io; v=v1`,
  `application/json;${table};q=0.1,application/json`,
  `application/json;${table},application/json;q=0.5`,
  `APPLICATION/JSON;AS=Table;G=meta.k8s.io;V=v1`,
  `application/json;as=table;g=meta.k8s.io;v=v1`,
  "application/json;as=Table;g=meta.k8s.io;v=v1beta1",
  "application/json;as=Table;g=meta.k8s.io;v=v2",
  "application/json;as=Table;g=else;v=v1",
  `application/yaml;${table}`,
  `${protobuf};${table}`,
  `*/*;${table}`,
  `application/*;${table}`,
  `text/html;${table},application/json`,
  "application/json;as=Else;g=meta.k8s.io;v=v1,application/json",
  "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
  "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
  "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1beta1",
  `${protobuf};as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json`,
  `application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;${table}`,
  "application/json;pretty=1",
  "application/json;pretty=true",
  "application/yaml;pretty=1",
  'application/json;as="Table";g="meta.k8s.io";v="v1"',
  "application/json;;",
  ";",
  ",",
  ",application/yaml",
  "application/yaml,",
  "application",
  "/",
  "application/json application/yaml",
  "nonsense",
];

const asked = (path: string, method = "GET"): Scenario["steps"] =>
  accepts.map((accept) => ({ method, path, headers: { accept }, note: `accept: ${accept}` }));

const paths: readonly string[] = [
  maps,
  `${maps}/a`,
  `${maps}/none`,
  things,
  `${things}/a`,
  `${things}/a/scale`,
  `${things}/a/status`,
  "/api",
  "/apis",
  "/apis/apps",
  "/apis/apps/v1",
  "/api/v1",
  `/apis/${group}`,
  `/apis/${group}/v1`,
  "/version",
  "/",
  "/healthz",
  "/none",
  "/apis/none.example.com/v1/nothing",
  "/openapi/v3/apis/apps/v1",
];

const answers: readonly Scenario[] = paths.map((path) => ({ name: `forms: of ${path}`, steps: asked(path) }));

const watches: readonly Scenario[] = [maps, things].map((path) => ({
  name: `forms: watches of ${path}`,
  together: true,
  steps: asked(`${path}?watch=true&timeoutSeconds=1&resourceVersion=0`),
}));

const writes: Scenario = {
  name: "forms: of writes",
  steps: accepts.flatMap((accept): Step[] => {
    const headers = { ...json, accept };
    const note = `accept: ${accept}`;
    return [
      { method: "POST", path: `${maps}?dryRun=All`, headers, body: '{"metadata":{"name":"w"}}', note },
      { method: "DELETE", path: `${maps}/a?dryRun=All`, headers: { accept }, note },
      { method: "DELETE", path: `${maps}?dryRun=All`, headers: { accept }, note },
      {
        method: "POST",
        path: `${things}?dryRun=All`,
        headers,
        body: JSON.stringify({ ...thing, metadata: { name: "w" } }),
        note,
      },
      { method: "DELETE", path: `${things}/a?dryRun=All`, headers: { accept }, note },
      {
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        headers,
        body: '{"spec":{"nonResourceAttributes":{}}}',
        note,
      },
    ];
  }),
};

const contentTypes: readonly string[] = [
  "",
  " ",
  "application/json",
  "Application/JSON",
  "application/json;charset=utf-8",
  "application/json; charset=UTF-8; x=y",
  "application/json;",
  "application/json;=",
  "application/json; charset",
  "application/json,application/yaml",
  "application/yaml",
  "application/yaml; charset=utf-8",
  "text/yaml",
  "application/x-yaml",
  "application/cbor",
  protobuf,
  `${protobuf};charset=utf-8`,
  "*/*",
  "application/*",
  "text/plain",
  "json",
  "application/",
  "/json",
  "application/x-www-form-urlencoded",
  "application/merge-patch+json",
  "application/merge-patch+json; charset=utf-8",
  "Application/Merge-Patch+JSON",
  "application/strategic-merge-patch+json",
  "application/json-patch+json",
  "application/apply-patch+yaml",
  "application/apply-patch+yaml; charset=utf-8",
  "application/apply-patch+cbor",
];

const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: t}\ndata: {a: "1"}\n';
const customYaml = `apiVersion: ${group}/v1\nkind: Thing\nmetadata: {name: t}\nspec: {replicas: 2}\n`;

/** With and without an answer in protobuf: a refusal has that form too. */
const bodies: Scenario = {
  name: "forms: of bodies",
  steps: contentTypes.flatMap((type): Step[] => {
    const headers = { "content-type": type };
    const note = `content-type: ${type}`;
    const jsonMap = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"t"}}';
    const jsonThing = JSON.stringify({ ...thing, metadata: { name: "t" } });
    return [
      { method: "POST", path: `${maps}?dryRun=All`, headers, body: jsonMap, note },
      { method: "POST", path: `${maps}?dryRun=All`, headers: { ...headers, accept: protobuf }, body: yaml, note },
      { method: "PUT", path: `${maps}/a?dryRun=All`, headers, body: '{"metadata":{"name":"a"}}', note },
      { method: "PATCH", path: `${maps}/a?dryRun=All&fieldManager=m`, headers, body: '{"data":{"z":"1"}}', note },
      { method: "PATCH", path: `${maps}/a?dryRun=All`, headers: { ...headers, accept: protobuf }, body: "[]", note },
      {
        method: "DELETE",
        path: `${maps}/a?dryRun=All`,
        headers,
        body: '{"kind":"DeleteOptions","apiVersion":"v1","dryRun":["All"]}',
        note,
      },
      { method: "POST", path: `${things}?dryRun=All`, headers, body: jsonThing, note },
      { method: "POST", path: `${things}?dryRun=All`, headers, body: customYaml, note },
      {
        method: "PATCH",
        path: `${things}/a?dryRun=All&fieldManager=m`,
        headers,
        body: '{"spec":{"replicas":3}}',
        note,
      },
      {
        method: "DELETE",
        path: `${things}/a?dryRun=All`,
        headers,
        body: '{"kind":"DeleteOptions","apiVersion":"v1","dryRun":["All"]}',
        note,
      },
      {
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        headers,
        body: '{"spec":{"nonResourceAttributes":{"path":"/","verb":"get"}}}',
        note,
      },
    ];
  }),
};

const custom: Scenario = {
  name: "forms: protobuf of custom resources",
  steps: [
    ...["POST", "PUT", "PATCH", "DELETE"].map(
      (method): Step => ({
        method,
        path: `${method === "POST" ? things : `${things}/a`}?dryRun=All`,
        headers: { "content-type": protobuf, accept: protobuf },
        body: bytesOf({ apiVersion: `${group}/v1`, kind: "Thing", metadata: { name: "p" } }, "core/v1.ConfigMap"),
      }),
    ),
    ...["POST", "PUT"].map(
      (method): Step => ({
        method,
        path: `${method === "POST" ? things : `${things}/a`}?dryRun=All`,
        headers: { "content-type": protobuf },
        body: "{}",
      }),
    ),
    {
      method: "DELETE",
      path: `${things}/a?dryRun=All`,
      headers: { "content-type": protobuf },
      body: bytesOf({ apiVersion: "v1", kind: "DeleteOptions", dryRun: ["All"] }),
    },
    {
      method: "PUT",
      path: `${things}/a/scale?dryRun=All`,
      headers: { "content-type": protobuf },
      body: bytesOf({ apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "a" }, spec: { replicas: 2 } }),
    },
  ],
};

const large = { metadata: { name: "large" }, data: { text: "0123456789abcdef".repeat(20_000) } };
const encodings = [
  "gzip",
  "gzip;q=0",
  "gzip;q=0.1",
  "deflate",
  "deflate, gzip",
  "*",
  "GZIP",
  "x-gzip",
  "identity",
  "gzip, identity;q=0",
  "br",
];

const compressed: Scenario = {
  name: "forms: compressed",
  steps: [
    post(maps, large),
    ...encodings.flatMap((encoding): Step[] => {
      const headers = { "accept-encoding": encoding };
      const note = `accept-encoding: ${encoding}`;
      return [
        { method: "GET", path: `${maps}/large`, headers, note },
        { method: "GET", path: `${maps}/a`, headers, note },
        { method: "GET", path: maps, headers, note },
      ];
    }),
    ...[
      protobuf,
      "application/yaml",
      `application/json;${table}`,
      `${protobuf};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`,
    ].flatMap((accept): Step[] => [
      { method: "GET", path: maps, headers: { accept, "accept-encoding": "gzip" }, note: accept },
      { method: "GET", path: `${maps}/large`, headers: { accept, "accept-encoding": "gzip" }, note: accept },
    ]),
    {
      method: "GET",
      path: `${maps}?watch=1&timeoutSeconds=1&resourceVersion=0`,
      headers: { "accept-encoding": "gzip" },
    },
    { method: "GET", path: "/apis/apps/v1", headers: { "accept-encoding": "gzip" } },
    {
      method: "PUT",
      path: `${maps}/large?dryRun=All`,
      headers: { ...json, "accept-encoding": "gzip" },
      body: JSON.stringify(large),
    },
    {
      method: "POST",
      path: `${maps}?dryRun=All`,
      headers: { ...json, "content-encoding": "gzip" },
      body: gzipSync('{"metadata":{"name":"z"}}'),
      note: "a compressed body",
    },
    { method: "DELETE", path: `${maps}/large`, headers: { "accept-encoding": "gzip" } },
  ],
};

const discovery: Scenario = {
  name: "forms: discovery",
  steps: ["/api", "/apis"].flatMap((path) =>
    ["application/json", protobuf, "application/yaml", "*/*"]
      .flatMap((type) =>
        ["v2", "v2beta1", "v1", "v3"].flatMap((version) => [
          `${type};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
          `${type};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList,application/json`,
          `${type};as=APIGroupDiscoveryList;v=${version};g=apidiscovery.k8s.io;q=0.5,application/json;q=0.9`,
        ]),
      )
      .map((accept) => ({ method: "GET", path, headers: { accept }, note: `accept: ${accept}` })),
  ),
};

export const negotiationScenarios: readonly Scenario[] = [
  setup,
  ...answers,
  ...watches,
  writes,
  bodies,
  custom,
  compressed,
  discovery,
];
