/**
 * How server-side apply sees a type: what is owned as one value and what field by field. Derived from the tables; custom
 * resources make theirs from their schemas. https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
import { type Field, type TypeName, type TypeRef, typeNamed } from "#api/index.ts";

export type Shape = LeafShape | StructShape | MapShape | SetShape | ListMapShape;

/** Scalars, atomic structs, maps and lists, and whatever no schema describes. */
export interface LeafShape {
  readonly kind: "leaf";
}

export interface StructShape {
  readonly kind: "struct";
  /** Sorted by name. A getter, because types contain themselves. */
  readonly fields: readonly StructField[];
  readonly byName: ReadonlyMap<string, StructField>;
  /** The shape of members that no field describes; absent: there are none. */
  readonly rest?: Shape;
  /** Members that belong to nobody: the object's identity and what the server sets. */
  readonly unowned?: ReadonlySet<string>;
}

export interface StructField {
  readonly name: string;
  /** `f:` and the name: the member of a field set. */
  readonly label: string;
  readonly shape: Shape;
}

export interface MapShape {
  readonly kind: "map";
  readonly of: Shape;
}

/** A list of distinct scalars. */
export interface SetShape {
  readonly kind: "set";
}

/** A list of structs that are told apart by the values of some of their fields. */
export interface ListMapShape {
  readonly kind: "listMap";
  /** Sorted by name. */
  readonly keys: readonly { readonly name: string; readonly default: unknown }[];
  readonly of: Shape;
}

export const leaf: LeafShape = { kind: "leaf" };

/** What the server sets by itself belongs to nobody. */
const unownedMetadata = new Set([
  "name",
  "namespace",
  "creationTimestamp",
  "selfLink",
  "uid",
  "generation",
  "managedFields",
  "resourceVersion",
]);

export function structShape(
  makeFields: () => readonly StructField[],
  { rest, unowned }: { readonly rest?: Shape | undefined; readonly unowned?: ReadonlySet<string> } = {},
): StructShape {
  let fields: readonly StructField[] | undefined;
  let byName: ReadonlyMap<string, StructField> | undefined;
  const compiled = () => (fields ??= makeFields().toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  return {
    kind: "struct",
    get fields() {
      return compiled();
    },
    get byName() {
      byName ??= new Map(compiled().map((field) => [field.name, field]));
      return byName;
    },
    ...(rest ? { rest } : {}),
    ...(unowned ? { unowned } : {}),
  };
}

export const structField = (name: string, shape: Shape): StructField => ({ name, label: `f:${name}`, shape });

const typeMembers: ReadonlySet<string> = new Set(["apiVersion", "kind"]);

const shapes = new Map<TypeName, Shape>();
const objectShapes = new Map<TypeName, StructShape>();

/** The fields of a whole object that somebody may own: all but its identity and what the server sets. */
export function objectShapeOf(type: TypeName): StructShape {
  let shape = objectShapes.get(type);
  if (!shape) {
    const all = shapeOf(type);
    if (all.kind !== "struct") throw new Error(`${type} is no object`);
    shape = ownedPartOf(all);
    objectShapes.set(type, shape);
  }
  return shape;
}

/** Leaves out what belongs to nobody. */
export function ownedPartOf(object: StructShape): StructShape {
  return structShape(
    () =>
      object.fields.flatMap((field) => {
        if (typeMembers.has(field.name)) return [];
        return [field.name === "metadata" ? structField("metadata", ownedMetadata()) : field];
      }),
    { rest: object.rest, unowned: typeMembers },
  );
}

function ownedMetadata(): StructShape {
  const metadata = shapeOf("meta/v1.ObjectMeta") as StructShape;
  return structShape(() => metadata.fields.filter(({ name }) => !unownedMetadata.has(name)), {
    unowned: unownedMetadata,
  });
}

function shapeOf(name: TypeName): Shape {
  let shape = shapes.get(name);
  if (!shape) {
    const type = typeNamed(name);
    shape = type.choice || type.atomic ? leaf : structShape(() => fieldsOf(name));
    shapes.set(name, shape);
  }
  return shape;
}

function fieldsOf(name: TypeName): StructField[] {
  return typeNamed(name).fields.flatMap((field) => {
    if (field.inline && field.type.kind === "message") return fieldsOf(field.type.name);
    return [structField(field.name, shapeOfField(field))];
  });
}

function shapeOfField({ type, atomic, list }: Field): Shape {
  if (atomic) return leaf;
  if (type.kind !== "list") return shapeOfRef(type);
  if (list === undefined || list === "atomic") return leaf;
  if (list === "set") return { kind: "set" };
  const { of } = type;
  if (of.kind !== "message") throw new Error(`a list of ${of.kind} has no keys`);
  const keys = list.keys.toSorted().map((key) => ({ name: key, default: keyDefault(of.name, key) }));
  return { kind: "listMap", keys, of: shapeOf(of.name) };
}

function shapeOfRef(type: TypeRef): Shape {
  if (type.kind === "message") return shapeOf(type.name);
  return type.kind === "map" ? { kind: "map", of: shapeOfRef(type.of) } : leaf;
}

/** Left out when it is empty, and yet declared as empty by default. */
const emptyReference: TypeName = "core/v1.LocalObjectReference";

/** What an item that lacks a key has in its place: what is declared, or what Go writes for it. */
function keyDefault(type: TypeName, key: string): unknown {
  const field = typeNamed(type).fields.find(({ name }) => name === key);
  if (field?.default !== undefined) return field.default;
  if (!field || field.pointer || !(field.emit || type === emptyReference)) return undefined;
  return field.type.kind === "scalar" && field.type.scalar === "string" ? "" : 0;
}
