/** What the tables say about patching: which type stands where, and how its lists merge. */
import { type PatchDirective, type TypeDef, type TypeName, type TypeRef, typeNamed } from "#api/index.ts";
import { unclassified } from "../errors.ts";

/** The type of a place in a document; undefined where no table knows it. */
export type Shape = TypeRef | undefined;

export interface Place {
  readonly shape: Shape;
  readonly patch: PatchDirective | undefined;
}

const fieldsOfTypes = new Map<TypeName, Map<string, Place>>();

function fieldsOf(name: TypeName): Map<string, Place> {
  let fields = fieldsOfTypes.get(name);
  if (!fields) {
    fields = new Map();
    collect(typeNamed(name), fields);
    fieldsOfTypes.set(name, fields);
  }
  return fields;
}

function collect(type: TypeDef, fields: Map<string, Place>): void {
  for (const field of type.fields) {
    if (field.inline && field.type.kind === "message") collect(typeNamed(field.type.name), fields);
    else if (field.name !== "") fields.set(field.name, { shape: field.type, patch: field.patch });
  }
}

/** A member of an object. Throws StatusError where a table knows the object but not the member. */
export function memberOf(shape: Shape, key: string): Place {
  if (shape?.kind === "map") return { shape: shape.of, patch: undefined };
  if (shape?.kind !== "message") return { shape: undefined, patch: undefined };
  const place = fieldsOf(shape.name).get(key);
  if (place) return place;
  const name = shape.name.slice(shape.name.indexOf(".", shape.name.indexOf("/")) + 1);
  throw unclassified(`unable to find api field in struct ${name} for the json field ${JSON.stringify(key)}`);
}

export const itemOf = (shape: Shape): Shape => (shape?.kind === "list" ? shape.of : undefined);
