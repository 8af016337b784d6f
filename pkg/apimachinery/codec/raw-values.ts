/** Which types hold values that decoding takes over as they are, without making them anew. */
import { type TypeName, type TypeRef, typeNamed } from "#api/index.ts";

const known = new Map<TypeName, boolean>();

/** `fieldsV1` does not count: sets of fields are never changed. */
export function keepsRawValues(type: TypeName): boolean {
  let keeps = known.get(type);
  if (keeps === undefined) {
    keeps = holdsRaw(type, new Set());
    known.set(type, keeps);
  }
  return keeps;
}

/** `seen`: types contain themselves. */
function holdsRaw(type: TypeName, seen: Set<TypeName>): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  return typeNamed(type).fields.some((field) => isRaw(field.type, seen));
}

function isRaw(ref: TypeRef, seen: Set<TypeName>): boolean {
  switch (ref.kind) {
    case "scalar":
      return ref.scalar === "raw" || ref.scalar === "json";
    case "message":
      return holdsRaw(ref.name, seen);
    default:
      return isRaw(ref.of, seen);
  }
}
