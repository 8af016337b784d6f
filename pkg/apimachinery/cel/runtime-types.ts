/** Types of values at run time. */
import type { Overload } from "./functions.ts";
import { dyn, listOf, mapOf, opaque, runtimeName, scalar, type Type } from "./types.ts";
import { Duration, isMap, isOpaque, ListValue, Optional, Timestamp, TypeValue, Uint, type Value } from "./values.ts";

export function typeOfValue(value: Value): Type {
  if (value === null) return scalar("null");
  switch (typeof value) {
    case "boolean":
      return scalar("bool");
    case "bigint":
      return scalar("int");
    case "number":
      return scalar("double");
    case "string":
      return scalar("string");
  }
  if (value instanceof Uint) return scalar("uint");
  if (value instanceof Uint8Array) return scalar("bytes");
  if (value instanceof Timestamp) return scalar("timestamp");
  if (value instanceof Duration) return scalar("duration");
  if (value instanceof ListValue) return listOf(dyn);
  if (isMap(value)) return mapOf(dyn, dyn);
  if (value instanceof Optional) return opaque("optional_type", dyn);
  if (value instanceof TypeValue) return { kind: "type" };
  return isOpaque(value) ? value.opaque : dyn;
}

/** Whether the values may be the overload's arguments; what lists and maps hold is not looked at. */
export const fits = (values: readonly Value[], { args }: Overload): boolean =>
  values.length === args.length && args.every((arg, at) => isOf(arg, values[at] as Value));

function isOf(type: Type, value: Value): boolean {
  switch (type.kind) {
    case "param":
    case "dyn":
      return true;
    case "list":
      return value instanceof ListValue;
    case "map":
      return isMap(value);
    case "type":
      return value instanceof TypeValue;
    case "opaque":
      return type.name === "optional_type"
        ? value instanceof Optional
        : isOpaque(value) && runtimeName(value.opaque) === type.name;
    default:
      return typeOfValue(value).kind === type.kind;
  }
}
