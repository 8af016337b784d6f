/** Schemas of custom resources as OpenAPI publishes them: their own, with the parts that every object has. */
import type { ResourceDef } from "#api/index.ts";
import { type Schema, schemaName } from "./schemas.ts";
import type { Texts } from "./texts.ts";

export interface PublishedResource {
  readonly def: ResourceDef;
  /** As in the definition; undefined: anything goes. */
  readonly schema: object | undefined;
  /** JSON paths that field selectors know. */
  readonly selectable?: readonly string[];
}

/** Version 2 of OpenAPI refers elsewhere, and knows less of schemas. */
export type OpenApiVersion = "v2" | "v3";

interface Words {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: string;
  readonly listMetadata: string;
  /** After `List of orchards.` */
  readonly moreOfItems: string;
}

/** The first words are looked for by who checks what `kubectl explain` prints. */
const ownWords: Words = {
  apiVersion: "APIVersion defines the versioned schema of this representation of an object.",
  kind: "Kind is a string value representing the REST resource this object represents.",
  metadata: "Standard object's metadata.",
  listMetadata: "Standard list metadata.",
  moreOfItems: "",
};

/** Built-in objects have the same fields. */
function wordsIn({ schemas }: Texts): Words {
  const ofObject = schemas[schemaName("core/v1.ConfigMap")]?.fields;
  const ofList = schemas[`${schemaName("core/v1.Pod")}List`]?.fields;
  const { apiVersion, kind, metadata } = { ...ownWords, ...ofObject };
  const listMetadata = ofList?.["metadata"] ?? ownWords.listMetadata;
  return {
    apiVersion,
    kind,
    metadata,
    listMetadata,
    moreOfItems: ofList?.["items"]?.replace(/^List of pods\./, "") ?? "",
  };
}

/** How the definitions of one document are written. */
interface Writing {
  readonly version: OpenApiVersion;
  readonly words: Words;
}

const identity = ({ words }: Writing): Schema => ({
  apiVersion: { description: words.apiVersion, type: "string" },
  kind: { description: words.kind, type: "string" },
});

function reference(type: string, description: string, { version }: Writing): Schema {
  const name = schemaName(type);
  if (version === "v2") return { description, $ref: `#/definitions/${name}` };
  return { description, allOf: [{ $ref: `#/components/schemas/${name}` }] };
}

/** What every object has. */
const ofObjects = (writing: Writing): Schema => ({
  ...identity(writing),
  metadata: reference("meta/v1.ObjectMeta", writing.words.metadata, writing),
});

/** The definitions of an object and of a list of them, by name. */
export function customSchemas(
  { def, schema, selectable = [] }: PublishedResource,
  { version, texts }: { readonly version: OpenApiVersion; readonly texts: Texts },
): [string, Schema][] {
  const writing = { version, words: wordsIn(texts) };
  const name = schemaName(def.type);
  const listKind = def.listKind ?? `${def.kind}List`;
  const extensions = (ofKind: string): Schema => ({
    "x-kubernetes-group-version-kind": [{ group: def.group, kind: ofKind, version: def.version }],
    ...(selectable.length > 0
      ? { "x-kubernetes-selectable-fields": selectable.map((path) => ({ fieldPath: path.replace(/^\./, "") })) }
      : {}),
  });
  const prefix = version === "v2" ? "#/definitions/" : "#/components/schemas/";
  const list: Schema = {
    description: `${listKind} is a list of ${def.kind}`,
    type: "object",
    required: ["items"],
    properties: {
      ...identity(writing),
      items: {
        description: `List of ${def.plural}.${writing.words.moreOfItems}`,
        type: "array",
        items: { $ref: `${prefix}${name}` },
      },
      metadata: reference("meta/v1.ListMeta", writing.words.listMetadata, writing),
    },
    ...extensions(listKind),
  };
  return [
    [name, { ...objectOf(schema as Schema | undefined, writing), ...extensions(def.kind) }],
    [`${name}List`, list],
  ];
}

/** Without properties clients take any member; with some, they take no other. */
function objectOf(own: Schema | undefined, writing: Writing): Schema {
  const isOpen = own?.["x-kubernetes-preserve-unknown-fields"] === true;
  if (!own || (writing.version === "v2" && isOpen)) return { type: "object" };
  const whole = published(own, writing);
  return { ...whole, properties: { ...(whole["properties"] as Schema | undefined), ...ofObjects(writing) } };
}

/** Examples and documents elsewhere are for who reads the definition. */
function published(schema: Schema, writing: Writing): Schema {
  const { version } = writing;
  const { example: _, externalDocs: __, ...told } = schema;
  const known = version === "v2" ? asVersion2(told) : told;
  const inside = (member: unknown): unknown =>
    typeof member === "object" && member !== null ? published(member as Schema, writing) : member;
  const out: Schema = { ...known };
  for (const name of ["items", "additionalProperties"]) if (Object.hasOwn(out, name)) out[name] = inside(out[name]);
  if (out["properties"]) {
    const members = Object.entries(out["properties"] as Schema).map(([name, member]) => [name, inside(member)]);
    out["properties"] = Object.fromEntries(members);
  }
  if (out["x-kubernetes-int-or-string"] === true && version === "v3" && !out["anyOf"]) {
    out["anyOf"] = [{ type: "integer" }, { type: "string" }];
  }
  return embedded(out, writing);
}

/** A whole object inside has type and metadata; in version 2 one that takes any member names none. */
function embedded(schema: Schema, writing: Writing): Schema {
  if (schema["x-kubernetes-embedded-resource"] !== true) return schema;
  if (writing.version === "v2" && schema["x-kubernetes-preserve-unknown-fields"] === true) return schema;
  const required = new Set([...((schema["required"] as string[] | undefined) ?? []), "kind", "apiVersion"]);
  const properties = { ...(schema["properties"] as Schema | undefined), ...ofObjects(writing) };
  return { ...schema, required: [...required], properties };
}

/** What version 2 has a place for, but for defaults, which are not published in it. */
const version2Members = new Set(
  "format title description multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems maxProperties minProperties required enum additionalProperties type items properties".split(
    " ",
  ),
);

/** What version 2, or kubectl when it reads it, cannot cope with is left out. */
function asVersion2(schema: Schema): Schema {
  const known = Object.entries(schema).filter(([name]) => version2Members.has(name) || name.startsWith("x-"));
  const out: Schema = Object.fromEntries(known);
  const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const isNullable = schema["nullable"] === true;
  if (isNullable || isOpen) {
    delete out["items"];
    delete out["properties"];
  }
  const isBareList = out["type"] === "array" && out["items"] === undefined;
  if (isNullable || isBareList || (isOpen && out["type"] === "object")) delete out["type"];
  if (Array.isArray(out["required"])) {
    const properties = (schema["properties"] ?? {}) as Record<string, Schema>;
    const kept = (out["required"] as string[]).filter(
      (name) => !(Object.hasOwn(properties, name) && properties[name]?.["nullable"] === true),
    );
    const values = schema["additionalProperties"] as Schema | undefined;
    if (kept.length === 0 || values?.["nullable"] === true) delete out["required"];
    else out["required"] = kept;
  }
  return out;
}
