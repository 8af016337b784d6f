/**
 * What a schema says to expressions: types of fields, how JSON is read, and how large values can be. Fields that no schema
 * describes do not exist for them. https://kubernetes.io/docs/reference/using-api/cel/#type-system-integration
 */
import type { JSONSchemaProps } from "#api/types/apiextensions.k8s.io/v1";
import type { JsonShape } from "../json-values.ts";
import { parseDuration, parseTimestamp } from "../library/time-text.ts";
import { bool, dyn, int, listOf, mapOf, scalar, string, type Type } from "../types.ts";
import { CelError, type ListIdentity, type Value } from "../values.ts";
import { escapeName } from "./names.ts";

export interface Declared {
  readonly type: Type;
  readonly shape: JsonShape;
  /** The most characters, items or entries; 0 for what has no size. */
  readonly max: number;
  /** The fewest bytes of JSON. */
  readonly minBytes: number;
  /** Of items of a list, or values of a map. */
  readonly element?: Declared;
  /** Of keys of a map. */
  readonly key?: Declared;
  /** By the name that expressions use. */
  readonly fields?: ReadonlyMap<string, Declared>;
}

/** The largest request, bytes: nothing in it is larger. */
export const requestBytesMax = 3 * 1024 * 1024;

const plain = (type: Type, minBytes: number, max = 0, shape: JsonShape = {}): Declared => ({
  type,
  shape,
  max,
  minBytes,
});

/** Members that every object has. */
const rootMembers: Readonly<Record<string, JSONSchemaProps>> = {
  apiVersion: { type: "string" },
  kind: { type: "string" },
  metadata: { type: "object", properties: { name: { type: "string" }, generateName: { type: "string" } } },
};

const asSchema = (value: unknown): JSONSchemaProps | undefined =>
  typeof value === "object" && value !== null ? (value as JSONSchemaProps) : undefined;

/** `isRoot`: a whole object, with type and metadata. Undefined: expressions cannot see it. */
export function declare(schema: JSONSchemaProps, isRoot: boolean): Declared | undefined {
  return declareNamed(schema, isRoot, "self");
}

function declareNamed(schema: JSONSchemaProps, isRoot: boolean, name: string): Declared | undefined {
  if (schema["x-kubernetes-int-or-string"]) {
    const max = schema.maxLength === undefined ? requestBytesMax - 2 : bytesOf(schema.maxLength);
    return plain(dyn, 1, max);
  }
  switch (schema.type) {
    case "array":
      return declareList(schema, name);
    case "object":
      return declareObject(schema, isRoot, name);
    case "string":
      return declareText(schema);
    case "boolean":
      return plain(bool, 4);
    case "number":
      return plain(scalar("double"), 1, 0, { read: (value) => (typeof value === "number" ? value : undefined) });
    case "integer":
      return plain(int, 1, 0, { read: integerOf });
    default:
      return undefined;
  }
}

const integerOf = (value: unknown): Value | undefined =>
  typeof value === "number" && Number.isInteger(value) ? BigInt(value) : undefined;

/** Characters can be four bytes. */
const bytesOf = (characters: unknown): number => Math.max(0, Number(characters)) * 4;

function declareText(schema: JSONSchemaProps): Declared {
  switch (schema.format) {
    case "byte":
      return plain(
        scalar("bytes"),
        2,
        schema.maxLength === undefined ? requestBytesMax - 2 : Math.max(0, Number(schema.maxLength)),
        {
          read: (value) => (typeof value === "string" ? Buffer.from(value, "base64") : undefined),
        },
      );
    case "duration":
      return plain(scalar("duration"), 3, 32, { read: readWith(parseDuration) });
    case "date":
      return plain(scalar("timestamp"), 12, 12, { read: readWith((text) => parseTimestamp(`${text}T00:00:00Z`)) });
    case "date-time":
      return plain(scalar("timestamp"), 21, 32, { read: readWith(parseTimestamp) });
  }
  if (schema.maxLength !== undefined) return plain(string, 2, bytesOf(schema.maxLength));
  const choices = schema.enum ?? [];
  if (choices.length === 0) return plain(string, 2, requestBytesMax - 2);
  const lengths = choices.map((one) => (typeof one === "string" ? Buffer.byteLength(one) : 0));
  return plain(string, 2, Math.max(...lengths));
}

/** Text that its format refuses has no value: the schema's own rules tell what is wrong with it. */
const readWith =
  (parse: (text: string) => Value) =>
  (value: unknown): Value | undefined => {
    if (typeof value !== "string") return undefined;
    try {
      return parse(value);
    } catch (error) {
      if (error instanceof CelError) return undefined;
      throw error;
    }
  };

function declareList(schema: JSONSchemaProps, name: string): Declared | undefined {
  const items = asSchema(schema.items);
  const element = items && declareNamed(items, items["x-kubernetes-embedded-resource"] === true, `${name}.@idx`);
  if (!element) return undefined;
  const max =
    schema.maxItems === undefined
      ? Math.floor((requestBytesMax - 2) / (element.minBytes + 1))
      : Math.max(0, Number(schema.maxItems));
  const identity = identityOf(schema);
  const shape = { items: element.shape, ...(identity ? { identity } : {}) };
  return { type: listOf(element.type), shape, max, minBytes: 2, element };
}

function identityOf(schema: JSONSchemaProps): ListIdentity | undefined {
  const type = schema["x-kubernetes-list-type"];
  if (type === "set") return { kind: "set" };
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  return type === "map" ? { kind: "map", keys: keys.map((key) => escapeName(key) ?? key) } : undefined;
}

type Properties = Readonly<Record<string, JSONSchemaProps>>;

/** Most of a large schema is never asked for: what a member is is found out when an expression names it. */
function declareObject(schema: JSONSchemaProps, isRoot: boolean, name: string): Declared | undefined {
  const values = asSchema(schema.additionalProperties);
  if (values && !isRoot) return declareMap(schema, values, name);
  const properties: Properties = isRoot
    ? { ...schema.properties, ...rootMembers }
    : ((schema.properties ?? {}) as Properties);
  let made: Members | undefined;
  const members = (): Members => (made ??= membersOf(properties, name));
  return {
    type: objectType(name, () => members().fields),
    shape: shapeOfMembers(members),
    max: 0,
    minBytes: minBytesOf(properties, schema.required ?? [], name),
    get fields() {
      return members().fields;
    },
  };
}

const declareMember = (member: JSONSchemaProps, name: string): Declared | undefined =>
  declareNamed(member, member["x-kubernetes-embedded-resource"] === true, name);

/** Of what has to be there. */
function minBytesOf(properties: Properties, required: readonly string[], name: string): number {
  let bytes = 2;
  for (const key of new Set(required)) {
    const member = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!member || member.default !== undefined) continue;
    const declared = declareMember(member, `${name}.${key}`);
    if (declared) bytes += key.length + declared.minBytes + 4;
  }
  return bytes;
}

interface Members {
  readonly fields: ReadonlyMap<string, Declared>;
  /** What fields are called in JSON. */
  readonly keys: ReadonlyMap<string, string>;
}

function membersOf(properties: Properties, name: string): Members {
  const fields = new Map<string, Declared>();
  const keys = new Map<string, string>();
  for (const [key, member] of Object.entries(properties)) {
    const escaped = escapeName(key);
    const declared = escaped === undefined ? undefined : declareMember(member, `${name}.${key}`);
    if (escaped === undefined || !declared) continue;
    fields.set(escaped, declared);
    keys.set(escaped, key);
    // Behind a dot a word of the language is a name like any other.
    if (escaped === `__${key}__`) {
      fields.set(key, declared);
      keys.set(key, key);
    }
  }
  return { fields, keys };
}

function objectType(name: string, fields: () => ReadonlyMap<string, Declared>): Type {
  let types: ReadonlyMap<string, Type> | undefined;
  return {
    kind: "object",
    name,
    get fields() {
      types ??= new Map([...fields()].map(([field, { type }]) => [field, type]));
      return types;
    },
  };
}

const shapeOfMembers = (members: () => Members): JsonShape => ({
  member(name) {
    const { fields, keys } = members();
    const key = keys.get(name);
    return key === undefined ? undefined : { key, shape: fields.get(name)?.shape };
  },
  nameOf(key) {
    const escaped = escapeName(key);
    return escaped !== undefined && members().keys.get(escaped) === key ? escaped : undefined;
  },
});

function declareMap(schema: JSONSchemaProps, values: JSONSchemaProps, name: string): Declared | undefined {
  const element = declareNamed(values, values["x-kubernetes-embedded-resource"] === true, `${name}.@elem`);
  if (!element) return undefined;
  const max =
    schema.maxProperties === undefined
      ? Math.floor((requestBytesMax - 2) / (element.minBytes + 6))
      : Math.max(0, Number(schema.maxProperties));
  const shape: JsonShape = { member: (key) => ({ key, shape: element.shape }) };
  return { type: mapOf(string, element.type), shape, max, minBytes: 2, element, key: plain(string, 2) };
}

/** The most that the value at a path can measure, for estimates; undefined: no schema says. */
export function sizeAt(root: Declared, path: readonly string[]): number | undefined {
  let at: Declared | undefined = root;
  for (const step of path.slice(1)) {
    if (step === "@items" || step === "@values") at = at?.element;
    else if (step === "@keys") at = at?.key;
    else at = at?.fields?.get(step);
  }
  return at?.max;
}
