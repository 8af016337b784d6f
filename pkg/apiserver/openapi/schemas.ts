/** The types of the tables as OpenAPI v3 schemas. Pure. */
import { type Field, type ResourceDef, schema, type TypeDef, type TypeName, type TypeRef } from "#api/index.ts";

import { declare } from "./declared.ts";
import { described } from "./descriptions.ts";

export type Schema = Record<string, unknown>;

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";
const prefix = "#/components/schemas/";

/** Groups whose Go packages are not under k8s.io/api. */
const packages: Readonly<Record<string, string>> = {
  meta: "io.k8s.apimachinery.pkg.apis.meta",
  "apiextensions.k8s.io": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
  "apiregistration.k8s.io": "io.k8s.kube-aggregator.pkg.apis.apiregistration",
};

/** `core/v1.Pod` → `io.k8s.api.core.v1.Pod`. */
export function schemaName(type: TypeName): string {
  const [room = "", rest = ""] = type.split("/");
  // A custom resource is named after its group alone.
  if (!schema.types.has(type)) return [...room.split(".").reverse(), rest].join(".");
  return `${packages[room] ?? `io.k8s.api.${room.split(".")[0]}`}.${rest}`;
}

const leafRefs: Readonly<Record<string, string>> = {
  quantity: "io.k8s.apimachinery.pkg.api.resource.Quantity",
  intOrString: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
  time: `${meta}.Time`,
  microTime: `${meta}.MicroTime`,
  raw: "io.k8s.apimachinery.pkg.runtime.RawExtension",
  fieldsV1: `${meta}.FieldsV1`,
  json: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON",
};

export const leafSchemas: Readonly<Record<string, Schema>> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": {
    description:
      "A number with a unit: `1.5`, `100m` (thousandths), `2Gi` (powers of 1024: Ki, Mi, Gi, Ti, Pi, Ei), `5M` (powers of 1000: k, M, G, T, P, E), `1e3`. " +
      "It is below 2^63 and has three decimal places at most; the server writes it in the shortest form with the same kind of unit.",
    oneOf: [{ type: "string" }, { type: "number" }],
  },
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {
    description: "A whole number or a string: a count or a percentage, a port's number or its name.",
    format: "int-or-string",
    oneOf: [{ type: "integer" }, { type: "string" }],
  },
  [`${meta}.Time`]: { description: "A time in RFC 3339, to the second.", type: "string", format: "date-time" },
  [`${meta}.MicroTime`]: {
    description: "A time in RFC 3339, to the microsecond.",
    type: "string",
    format: "date-time",
  },
  [`${meta}.FieldsV1`]: { type: "object" },
  [`${meta}.Patch`]: { type: "object" },
  "io.k8s.apimachinery.pkg.runtime.RawExtension": { type: "object" },
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": {},
};

const plain: Readonly<Record<string, { type: string; format?: string; zero?: unknown }>> = {
  string: { type: "string", zero: "" },
  bool: { type: "boolean", zero: false },
  int32: { type: "integer", format: "int32", zero: 0 },
  int64: { type: "integer", format: "int64", zero: 0 },
  float64: { type: "number", format: "double", zero: 0 },
  bytes: { type: "string", format: "byte" },
  any: { type: "object" },
};

/** A reference with siblings must stand in an allOf, because OpenAPI 3.0 ignores what is beside a `$ref`. */
function reference(name: string, siblings: Schema): Schema {
  const ref = { $ref: `${prefix}${name}` };
  return Object.keys(siblings).length === 0 ? ref : { allOf: [ref], ...siblings };
}

/** `siblings` are the field's own annotations; `valued`: a value, not a pointer, so that its zero is its default. */
function typeSchema(type: TypeRef, siblings: Schema, valued: boolean): Schema {
  switch (type.kind) {
    case "list":
      return { type: "array", items: typeSchema(type.of, {}, true), ...siblings };
    case "map":
      return { type: "object", additionalProperties: typeSchema(type.of, {}, type.of.kind !== "list"), ...siblings };
    case "message":
      return reference(schemaName(type.name), valued && isStruct(type.name) ? { default: {}, ...siblings } : siblings);
    case "scalar": {
      const ref = leafRefs[type.scalar];
      if (ref) return reference(ref, siblings);
      const { zero, ...rest } = plain[type.scalar]!;
      return {
        ...rest,
        ...(valued && zero !== undefined && !Object.hasOwn(siblings, "default") ? { default: zero } : {}),
        ...siblings,
      };
    }
  }
}

/** Choices (JSON of several shapes) have no empty object as their zero. */
const isStruct = (name: TypeName): boolean => schema.types.get(name)?.choice !== true;

function fieldSchema(field: Field): Schema {
  const { type, list, patch } = field;
  const siblings: Schema = {};
  if (field.default !== undefined) siblings["default"] = field.default;
  if (field.enum && type.kind === "scalar") siblings["enum"] = [...field.enum];
  if (list === "atomic" || list === "set") siblings["x-kubernetes-list-type"] = list;
  else if (list)
    Object.assign(siblings, { "x-kubernetes-list-map-keys": [...list.keys], "x-kubernetes-list-type": "map" });
  if (field.atomic) siblings["x-kubernetes-map-type"] = "atomic";
  if (patch?.key !== undefined) siblings["x-kubernetes-patch-merge-key"] = patch.key;
  const strategies = [patch?.merge && "merge", patch?.retainKeys && "retainKeys", patch?.replace && "replace"].filter(
    Boolean,
  );
  if (strategies.length > 0) siblings["x-kubernetes-patch-strategy"] = strategies.join(",");
  // Plain values that are always there have their zero as default; so have values inside of the object.
  const valued = field.emit && !field.pointer;
  const out = typeSchema(type, siblings, type.kind === "scalar" ? valued && field.required : valued);
  if (field.enum && type.kind === "list") (out["items"] as Schema)["enum"] = [...field.enum];
  return out;
}

/** Fields of an inlined type stand among the others. */
function flatFields(type: TypeDef): Field[] {
  return type.fields.flatMap((field) => {
    if (!field.inline || field.type.kind !== "message") return [field];
    const inner = schema.types.get(field.type.name);
    return inner ? flatFields(inner) : [];
  });
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Of many kinds, and saying none. */
const anonymous: ReadonlySet<TypeName> = new Set(["meta/v1.WatchEvent"]);

export function objectSchema(type: TypeDef, kinds: readonly GroupVersionKind[]): Schema {
  if (type.choice) return {};
  const fields = flatFields(type);
  const identity =
    kinds.length > 0 && !anonymous.has(type.name) ? { apiVersion: { type: "string" }, kind: { type: "string" } } : {};
  const properties = {
    ...identity,
    ...Object.fromEntries(
      fields.map((field) => {
        const path = `${type.name}.${field.name}`;
        return [field.name, described(path, declare(path, fieldSchema(field)))];
      }),
    ),
  };
  const required = fields.filter((field) => field.required).map((field) => field.name);
  return {
    type: "object",
    ...(required.length > 0 ? { required } : {}),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(kinds.length > 0
      ? { "x-kubernetes-group-version-kind": kinds.map(({ group, kind, version }) => ({ group, kind, version })) }
      : {}),
    ...(type.atomic ? { "x-kubernetes-map-type": "atomic" } : {}),
    ...unionOf(type),
  };
}

function unionOf({ union }: TypeDef): Schema {
  if (!union) return {};
  const fields = union.members.map((member) => [member, member.charAt(0).toUpperCase() + member.slice(1)]);
  return {
    "x-kubernetes-unions": [
      { discriminator: union.discriminator, "fields-to-discriminateBy": Object.fromEntries(fields) },
    ],
  };
}

export function listSchema({ group, version, kind, type }: ResourceDef): Schema {
  return {
    type: "object",
    required: ["items"],
    properties: {
      apiVersion: { type: "string" },
      items: { type: "array", items: reference(schemaName(type), { default: {} }) },
      kind: { type: "string" },
      metadata: reference(`${meta}.ListMeta`, { default: {} }),
    },
    "x-kubernetes-group-version-kind": [{ group, kind: `${kind}List`, version }],
  };
}

/** The schemas that these refer to, and those that they refer to in turn. */
export function* refsIn(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* refsIn(item);
  else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (key === "$ref" && typeof item === "string") yield item.slice(prefix.length);
      else yield* refsIn(item);
    }
  }
}
