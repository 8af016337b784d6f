/**
 * Messages to objects, by the tables: one reader a type, compiled when it is first needed. The objects are normalised, as
 * those are that come from JSON: what Go would write again, in the order of the table.
 */
import { type TypeDef, type TypeName, type TypeRef, typeNamed } from "#api/index.ts";
import { setKey } from "../codec/index.ts";
import { isEnvelope, readEnvelope } from "./envelope.ts";
import { typeOfKind } from "./kinds.ts";
import { shapeObject, slotsOf, zeroOf } from "./layout.ts";
import { memberName, messageName } from "./names.ts";
import { ensureWire, ProtobufError, Reader, wireBytes } from "./reader.ts";
import { formOf, parseRaw, readRaw } from "./scalars.ts";

/** Reads one value whose tag has been read; undefined where JSON has no such value. */
type ReadValue = (reader: Reader) => unknown;
/** Reads one field into the slots of its object. */
type ReadField = (reader: Reader, tag: number, slots: unknown[]) => void;
interface FieldTable {
  /** What errors call the message. */
  readonly message: string;
  /** By field number. */
  readonly fields: readonly (ReadField | undefined)[];
}

/** Throws ProtobufError for what is no message of this type. Unknown fields are passed over. */
export function decodeMessage(bytes: Buffer, type: TypeName): object {
  return messageReader(typeNamed(type))(new Reader(bytes)) as object;
}

const messages = new Map<TypeName, ReadValue>();

/** Reads fields up to the end of the message that the reader is in. */
function messageReader(type: TypeDef): ReadValue {
  let read = messages.get(type.name);
  if (!read) {
    // Types contain themselves: the entry stands before its fields are compiled.
    let compiled: ReadValue | undefined;
    read = (reader) => {
      compiled ??= type.choice ? choiceReader(type) : objectReader(type);
      return compiled(reader);
    };
    messages.set(type.name, read);
  }
  return read;
}

function objectReader(type: TypeDef): ReadValue {
  const slots = slotsOf(type);
  const table = fieldTable(type, 0);
  return (reader) => {
    const values = new Array<unknown>(slots.length);
    readFields(reader, table, values);
    return shapeObject(slots, values);
  };
}

function readFields(reader: Reader, { message, fields }: FieldTable, values: unknown[]): void {
  while (reader.more) {
    const tag = reader.tag(message);
    const read = fields[tag >>> 3];
    if (read) read(reader, tag, values);
    else reader.skip(tag);
  }
}

/** `first`: the slot of the type's first field. */
function fieldTable(type: TypeDef, first: number): FieldTable {
  const table: (ReadField | undefined)[] = [];
  let slot = first;
  for (const field of type.fields) {
    if (field.inline && field.type.kind === "message") {
      const inlined = typeNamed(field.type.name);
      table[field.number] = inlineReader(messageName(field.type.name), fieldTable(inlined, slot));
      slot += slotsOf(inlined).length;
    } else {
      if (field.number > 0) table[field.number] = fieldReader(field.type, memberName(field.name, field.type), slot);
      slot++;
    }
  }
  return { message: messageName(type.name), fields: Array.from(table) };
}

function inlineReader(name: string, table: FieldTable): ReadField {
  return (reader, tag, values) => {
    ensureWire(tag, wireBytes, name);
    const outer = reader.open();
    readFields(reader, table, values);
    reader.close(outer);
  };
}

function fieldReader(type: TypeRef, name: string, slot: number): ReadField {
  if (type.kind === "list") return listReader(type.of, name, slot);
  if (type.kind === "map") return mapReader(type.of, name, slot);
  const read = valueReader(type);
  const wire = wireOf(type);
  return (reader, tag, values) => {
    ensureWire(tag, wire, name);
    values[slot] = read(reader);
  };
}

const wireOf = (type: TypeRef): number => (type.kind === "scalar" ? formOf(type.scalar).wire : wireBytes);

function valueReader(type: TypeRef): ReadValue {
  if (type.kind === "scalar") return type.scalar === "raw" ? readEmbedded : formOf(type.scalar).read;
  if (type.kind !== "message") throw new Error("a list or map of lists or maps has no protobuf form");
  const read = messageReader(typeNamed(type.name));
  return (reader) => {
    const outer = reader.open();
    const value = read(reader);
    reader.close(outer);
    return value;
  };
}

function listReader(of: TypeRef, name: string, slot: number): ReadField {
  const read = valueReader(of);
  const wire = wireOf(of);
  return (reader, tag, values) => {
    values[slot] ??= [];
    const list = values[slot] as unknown[];
    // Numbers may come packed: many in one field.
    if (wire !== wireBytes && (tag & 7) === wireBytes) {
      const outer = reader.open();
      while (reader.more) list.push(read(reader));
      reader.close(outer);
      return;
    }
    ensureWire(tag, wire, name);
    list.push(read(reader) ?? zeroOf(of));
  };
}

/** Entries `{1: key, 2: value}`; an entry without a value stands for the zero value. */
function mapReader(of: TypeRef, name: string, slot: number): ReadField {
  const read = of.kind === "list" ? wrappedListReader(of.of, name) : valueReader(of);
  const wire = wireOf(of);
  const none = () => (of.kind === "list" ? [] : zeroOf(of));
  return (reader, tag, values) => {
    ensureWire(tag, wireBytes, name);
    const outer = reader.open();
    let key = "";
    let value: unknown;
    while (reader.more) {
      const inner = reader.tag(name);
      if (inner === 8 + wireBytes) key = reader.text();
      else if (inner >>> 3 === 2) {
        ensureWire(inner, wire, name);
        value = read(reader);
      } else reader.skip(inner);
    }
    reader.close(outer);
    values[slot] ??= {};
    setKey(values[slot] as Record<string, unknown>, key, value ?? none());
  };
}

/** A list as the value of a map: a message `{1: items}`. */
function wrappedListReader(of: TypeRef, name: string): ReadValue {
  const table = { message: name, fields: [undefined, listReader(of, name, 0)] };
  return (reader) => {
    const values: unknown[] = [undefined];
    const outer = reader.open();
    readFields(reader, table, values);
    reader.close(outer);
    return values[0] ?? [];
  };
}

/** A JSON value of one of several types: the list, if it has items, else the object, else the bool. */
function choiceReader(type: TypeDef): ReadValue {
  const table = fieldTable(type, 0);
  const order = ["list", "message", "scalar"];
  const ranked = type.fields
    .map((field, slot) => ({ rank: order.indexOf(field.type.kind), slot }))
    .sort((a, b) => a.rank - b.rank);
  const none = type.fields.some((field) => field.type.kind === "scalar") ? false : null;
  return (reader) => {
    const values = new Array<unknown>(type.fields.length);
    readFields(reader, table, values);
    for (const { slot } of ranked) if (values[slot] !== undefined) return values[slot];
    return none;
  };
}

/** An object of any kind: JSON, or an envelope within the message. */
function readEmbedded(reader: Reader): unknown {
  const bytes = readRaw(reader);
  if (!bytes) return undefined;
  if (!isEnvelope(bytes)) return parseRaw(bytes);
  const { apiVersion, kind, raw } = readEnvelope(bytes);
  const type = typeOfKind({ apiVersion, kind });
  if (!type) throw new ProtobufError(`no kind ${JSON.stringify(kind)} is registered for version ${apiVersion}`);
  const object = messageReader(typeNamed(type))(new Reader(raw, reader.depth + 1));
  return { kind, apiVersion, ...(object as object) };
}
