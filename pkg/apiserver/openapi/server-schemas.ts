/** Schemas of what discovery and `/version` answer, which no table describes. */
import type { Schema } from "./schemas.ts";

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";
const text: Schema = { type: "string", default: "" };
const optional: Schema = { type: "string" };
const texts = (extra: Schema = { "x-kubernetes-list-type": "atomic" }): Schema => ({
  type: "array",
  items: text,
  ...extra,
});

const listOf = (name: string): Schema => ({
  type: "array",
  items: { allOf: [{ $ref: `#/components/schemas/${name}` }], default: {} },
  "x-kubernetes-list-type": "atomic",
});

const kind = (name: string): Schema => ({
  "x-kubernetes-group-version-kind": [{ group: "", kind: name, version: "v1" }],
});

const always = (names: readonly string[]): Schema => Object.fromEntries(names.map((name) => [name, text]));
const sometimes = (names: readonly string[]): Schema => Object.fromEntries(names.map((name) => [name, optional]));

const build = [
  "major",
  "minor",
  "gitVersion",
  "gitCommit",
  "gitTreeState",
  "buildDate",
  "goVersion",
  "compiler",
  "platform",
] as const;

export const serverSchemas: Readonly<Record<string, Schema>> = {
  [`${meta}.APIGroupList`]: {
    type: "object",
    required: ["groups"],
    properties: { ...sometimes(["apiVersion", "kind"]), groups: listOf(`${meta}.APIGroup`) },
    ...kind("APIGroupList"),
  },
  [`${meta}.APIResourceList`]: {
    type: "object",
    required: ["groupVersion", "resources"],
    properties: {
      ...sometimes(["apiVersion", "kind"]),
      ...always(["groupVersion"]),
      resources: listOf(`${meta}.APIResource`),
    },
    ...kind("APIResourceList"),
  },
  [`${meta}.APIResource`]: {
    type: "object",
    required: ["name", "singularName", "namespaced", "kind", "verbs"],
    properties: {
      ...always(["name", "singularName", "kind"]),
      ...sometimes(["group", "version", "storageVersionHash"]),
      namespaced: { type: "boolean", default: false },
      verbs: texts({}),
      shortNames: texts(),
      categories: texts(),
    },
  },
  "io.k8s.apimachinery.pkg.version.Info": {
    type: "object",
    required: [...build],
    properties: {
      ...always(build),
      ...sometimes(["emulationMajor", "emulationMinor", "minCompatibilityMajor", "minCompatibilityMinor"]),
    },
  },
};
