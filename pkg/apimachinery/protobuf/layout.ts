/**
 * What JSON shows of the fields that a message carried: absent and zero values as Go's encoder treats them. The counterpart of
 * the JSON decoder's rules, for values that are known to have their types.
 */
import { type Field, type TypeDef, type TypeName, type TypeRef, typeNamed } from "#api/index.ts";
import { isNullable } from "../codec/index.ts";
import { formOf, isPlain } from "./scalars.ts";

/** One field of an object, its value while a message is read at the same index of an array. */
export interface Slot {
  readonly name: string;
  /** Written even when empty. */
  readonly emit: boolean;
  /** The zero value is not the absent value. */
  readonly pointer: boolean;
  readonly default: unknown;
  isEmpty(value: unknown): boolean;
  /** What is written for a field that is not set. */
  zero(): unknown;
}

export function slotOf(field: Field, owner: TypeName): Slot {
  const { name, type, emit, pointer } = field;
  const nullable = pointer || isNullable(owner, name);
  return {
    name,
    emit,
    pointer,
    default: field.default,
    isEmpty: emptinessOf(type),
    zero: nullable ? nil : () => zeroOf(type),
  };
}

const nil = () => null;
const never = () => false;

function emptinessOf(type: TypeRef): (value: unknown) => boolean {
  if (type.kind === "list") return (value) => (value as readonly unknown[]).length === 0;
  // An entry is all that brings a map into being.
  if (type.kind === "map" || type.kind === "message") return never;
  if (type.scalar === "bytes") return (value) => value === "";
  if (!isPlain(type.scalar)) return never;
  const { zero } = formOf(type.scalar);
  return (value) => value === zero;
}

/** What JSON shows for the zero value of a type. */
export function zeroOf(type: TypeRef): unknown {
  if (type.kind === "list" || type.kind === "map") return null;
  if (type.kind === "message") return zeroMessage(typeNamed(type.name));
  const { zero } = formOf(type.scalar);
  return typeof zero === "symbol" || type.scalar === "bytes" ? null : zero;
}

function zeroMessage(type: TypeDef): unknown {
  if (type.choice) return type.fields.some((field) => field.type.kind === "scalar") ? false : null;
  const slots = slotsOf(type);
  return shapeObject(slots, new Array<unknown>(slots.length));
}

const cache = new Map<TypeName, readonly Slot[]>();

/** The slots of a type, those of its inlined types in their places. */
export function slotsOf(type: TypeDef): readonly Slot[] {
  let slots = cache.get(type.name);
  if (!slots) {
    slots = type.fields.flatMap((field) =>
      field.inline && field.type.kind === "message" ? slotsOf(typeNamed(field.type.name)) : [slotOf(field, type.name)],
    );
    cache.set(type.name, slots);
  }
  return slots;
}

/** The object of these values; undefined is a field that was not set. */
export function shapeObject(slots: readonly Slot[], values: readonly unknown[]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as Slot;
    let value = values[i];
    if (value === undefined || (!slot.pointer && slot.isEmpty(value))) {
      if (slot.default !== undefined) value = structuredClone(slot.default);
      else if (!slot.emit) continue;
      else if (value === undefined) value = slot.zero();
    }
    out[slot.name] = value;
  }
  return out;
}
